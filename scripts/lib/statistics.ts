/** The value that `share` of the numbers do not exceed; 0 when there are no numbers. */
export const percentile = (numbers: number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length * share) - 1] ?? 0

/** The middle number; of an even count, the lower of the two in the middle. */
export const median = (numbers: number[]): number => percentile(numbers, 0.5)

export const mean = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
