"""Records to batches, by what is quickest on each backend: tf.data for TensorFlow, threads for JAX.

A batch is a dict of float32 arrays: `masked` and `clean` [B, S, S, 3] in [-1, 1], `binary_map` [B, S, S, 1] in {0, 1}.
Batch n of a run holds the same records, changed by the same draws, on both. The pixels are the same too, but for a few
grey levels where images of another size are resized. Each module has two functions:

train_batches(reader, plan, start, size, how, names)
    The batches of global steps `start` (from 0) to the end of the run. `reader` is of the train split, `plan` says
    which records each step sees, `size` is the side of the images in pixels (records of another size are resized),
    `how` the augmentation or None for none, `names` the images that are needed.
fixed_batches(reader, batch_size, size, names, steps)
    All records in their order, or the first `steps` batches, for validation. Batches are all of the same size: the last
    is filled up with records from the start, which the batch's `weight`, float32 [B] in {0, 1}, leaves out.
"""

import keras

from unmask.records import RecordReader

if keras.backend.backend() == "tensorflow":
    from unmask.tensorflow_data import fixed_batches, train_batches
else:
    from unmask.threaded_data import fixed_batches, train_batches

__all__ = ["RecordReader", "fixed_batches", "train_batches"]
