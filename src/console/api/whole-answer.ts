/** The program was not reached, or its answer did not come whole. */
export class Unreached extends Error {}

const hasNoBody = (status: number): boolean => status === 204 || status === 205 || status === 304

/** Fetches an answer with all of its body. @throws Unreached. */
export const fetchWhole = async (request: Request): Promise<Response> => {
  try {
    const response = await fetch(request)
    const body = await response.arrayBuffer()
    return new Response(hasNoBody(response.status) ? null : body, response)
  } catch (error) {
    throw new Unreached(String(error), { cause: error })
  }
}
