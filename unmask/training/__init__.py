"""Training: one file a stage, and what both share: run folder, checkpoints, schedule, callbacks."""
