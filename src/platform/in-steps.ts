/** Does a step again and again until it finds less than `limit`. Answers with how much all steps have found. */
export const inSteps = async (step: (limit: number) => Promise<number>, limit: number): Promise<number> => {
  let found = limit
  let total = 0
  while (found === limit) {
    found = await step(limit)
    total += found
  }
  return total
}
