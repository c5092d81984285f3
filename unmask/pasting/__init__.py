"""A face restored in the training frame goes back into its photo at full resolution."""
