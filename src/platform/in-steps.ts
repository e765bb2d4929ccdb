/** Does a step with `limit` again and again until it finds nothing more. Answers with how much all steps have found. */
export const inSteps = async (step: (limit: number) => Promise<number>, limit: number): Promise<number> => {
  let total = 0
  for (;;) {
    const found = await step(limit)
    if (found === 0) return total
    total += found
  }
}
