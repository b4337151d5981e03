/** The constants of batch norm, those of torch.nn.BatchNorm1d. */
export const BATCH_NORM = {
  /** Added to the variance. */
  epsilon: 1e-5,
  /** How far running statistics move towards those of a batch. */
  momentum: 0.1,
} as const;
