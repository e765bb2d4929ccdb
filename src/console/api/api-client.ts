import createClient, { type Client } from 'openapi-fetch'
import type { paths } from './types.ts'

/** The API with its types: every path, parameter, body, answer and problem as the API document has them. */
export type ApiClient = Client<paths>

/** Makes a client for the API below `baseUrl`, such as `/api`. `headers` go with every request. */
export const createApiClient = (
  baseUrl: string,
  headers: Record<string, string> = {},
  fetch?: (request: Request) => Promise<Response>,
): ApiClient => createClient<paths>({ baseUrl, headers, ...(fetch === undefined ? {} : { fetch }) })
