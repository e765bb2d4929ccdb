import type { Problem } from '../api/calls.ts'
import { catalogue } from './catalogue.svelte.ts'
import { languageTag } from './preferences.svelte.ts'
import { inWords, waitUntil } from './wait.ts'

/** What is said of the limits that end by themselves. `when` is such as "in 3 minutes". */
const sentences = catalogue({
  en: {
    rate_limited: (when: string) => `That was tried too often. You can try again ${when}.`,
    second_factor_blocked: (when: string) => `Too many wrong codes. You can try again ${when}.`,
    quota_exceeded: (when: string) => `That is all for today. You can go on ${when}.`,
    too_many_at_once: (when: string) => `The helpdesk is busy. Try again ${when}.`,
    unavailable: (when: string) => `The helpdesk is not ready right now. Try again ${when}.`,
  },
  de: {
    rate_limited: (when: string) => `Das wurde zu oft versucht. Sie können es ${when} wieder versuchen.`,
    second_factor_blocked: (when: string) => `Zu viele falsche Codes. Sie können es ${when} wieder versuchen.`,
    quota_exceeded: (when: string) => `Das ist alles für heute. Sie können ${when} weitermachen.`,
    too_many_at_once: (when: string) => `Der Helpdesk ist ausgelastet. Versuchen Sie es ${when} noch einmal.`,
    unavailable: (when: string) => `Der Helpdesk ist gerade nicht bereit. Versuchen Sie es ${when} noch einmal.`,
  },
})

/** A sentence that says when to try again, for a refusal that ends by itself; null for any other. */
export const waitSentence = (problem: Problem, now = Date.now()): string | null => {
  const known: Record<string, (when: string) => string> = sentences()
  const sentence = known[problem.code]
  const { ends_at: endsAt } = problem.members
  const end =
    typeof endsAt === 'string'
      ? endsAt
      : problem.retry_after === null
        ? null
        : new Date(now + problem.retry_after * 1_000).toISOString()
  return sentence === undefined || end === null ? null : sentence(inWords(waitUntil(end, now), languageTag()))
}
