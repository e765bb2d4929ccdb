import type { Contract } from '../support/api-contract.ts'
import { type Answer, bodyIn } from './client.ts'
import type { Request } from './fuzz-requests.ts'
import type { Operation } from './operations.ts'

/** What an answer is checked against. */
export interface Evidence {
  operation: Operation
  request: Request
  answer: Answer
  /** What ajv finds wrong with the request; null when ajv cannot tell. */
  faults: string[] | null
  /** Whether the request came with a token. */
  isSignedIn: boolean
  /** The word that only another tenant knows. */
  foreignCanary: string
}

/** Everything that is wrong with an answer. */
export const findingsOf = (contract: Contract, { operation, request, answer, ...evidence }: Evidence): string[] => {
  const { status, headers, text } = answer
  const isSuccess = status >= 200 && status < 300
  const findings: string[] = []
  if (status >= 500) findings.push(`the server failed: ${status}`)
  try {
    contract.check(request.method, request.url, status, headers, bodyIn(answer))
  } catch (error) {
    findings.push(String(error))
  }
  if (isSuccess && evidence.faults && evidence.faults.length > 0) {
    findings.push(`a request that the document refuses was taken: ${evidence.faults.join('; ')}`)
  }
  if (isSuccess && operation.roles !== null && !evidence.isSignedIn) findings.push('nobody was let in')
  if (isSuccess && operation.isSigned) findings.push('a signature was made up')
  const everything = `${text}\n${[...headers].join('\n')}`
  if (everything.includes(evidence.foreignCanary)) findings.push("another tenant's data is in the answer")
  if (headers.has('x-injected')) findings.push('a header was split off a text')
  if (({} as { polluted?: unknown }).polluted !== undefined) findings.push('a prototype was polluted')
  return findings
}
