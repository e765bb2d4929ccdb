import type { App } from '../../../platform/app-context.ts'
import { asSpan, type SpanFacts } from '../../../platform/tracing/spans.ts'
import type { Outcome } from './mail-queue.queries.ts'
import { listMailSpans } from './mail-spans.queries.ts'
import type { StoredMail } from './outgoing-mail.queries.ts'
import type { Sender } from './send-mail.service.ts'

/** The spans that mails follow from, by the ids of the mails. None when traces are off, or cannot be read. */
export const findTraceparents = async (
  { pool, tracer, log }: App,
  mails: StoredMail[],
): Promise<Map<string, string>> => {
  if (tracer === null || mails.length === 0) return new Map()
  try {
    return new Map((await listMailSpans(pool, mails)).map(({ email_id, traceparent }) => [email_id, traceparent]))
  } catch (error) {
    log.debug({ error }, 'the traces of mails could not be read')
    return new Map()
  }
}

/** The span of a mail. The name of its template is one of ours; who gets it is not said. */
const spanOf = ({ known_template, tenant_id }: StoredMail): SpanFacts => ({
  name: `mail ${known_template ?? 'unknown'}`,
  kind: 'consumer',
  attributes: { 'counterdesk.tenant_id': tenant_id },
})

/** Hands a mail over, with a span of its own in the trace of what the mail tells. */
export const sendInSpan = (
  { tracer }: App,
  sender: Sender,
  mail: StoredMail,
  traceparent: string | undefined,
): Promise<Outcome> =>
  asSpan(tracer, spanOf(mail), traceparent, async (span) => {
    const outcome = await sender.send(mail)
    span?.set({ 'counterdesk.outcome': outcome.state })
    if (outcome.state === 'failed' || outcome.state === 'deferred') span?.end(outcome.state)
    return outcome
  })
