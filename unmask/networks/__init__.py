"""The networks, in keras.layers only, so that they run on every backend of Keras."""
