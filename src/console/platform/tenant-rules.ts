import type { Answer } from '../api/calls.ts'
import { answerOf } from '../api/calls.ts'
import { operatorApi, type Tenant } from './operator.svelte.ts'

/** What the operator does with an organisation. */
export type TenantAct = 'change' | 'suspend' | 'resume' | 'remove' | 'restore'

/** The organisation at `PUBLIC_URL`, which is neither suspended nor deleted. */
const defaultSlug = 'default'

/** What can be done with an organisation as it is. The program decides; this only hides what it would refuse. */
export const actsOn = ({ slug, state }: Tenant): TenantAct[] => {
  if (state === 'deleting') return ['change', 'restore']
  if (slug === defaultSlug) return ['change']
  return ['change', state === 'suspended' ? 'resume' : 'suspend', 'remove']
}

/** More than this many are not counted: `usage` says this number then. */
const countedAtMost = 10_000

/** A number of the usage for people. `isCapped`: the program counts no further than its bound. */
export const countText = (
  count: number,
  language: string,
  atLeast: (count: string) => string,
  isCapped = true,
): string => {
  const format = new Intl.NumberFormat(language)
  return isCapped && count >= countedAtMost ? atLeast(format.format(countedAtMost)) : format.format(count)
}

/** Does what needs no form. The same key goes with it when it is sent again. */
export const doTenantAct = (act: Exclude<TenantAct, 'change'>, slug: string, key: string): Promise<Answer<Tenant>> => {
  const params = { path: { slug }, header: { 'Idempotency-Key': key } }
  if (act === 'suspend') return answerOf(operatorApi.POST('/tenants/{slug}/suspend', { params }))
  if (act === 'resume') return answerOf(operatorApi.POST('/tenants/{slug}/resume', { params }))
  if (act === 'restore') return answerOf(operatorApi.POST('/tenants/{slug}/restore', { params }))
  return answerOf(operatorApi.DELETE('/tenants/{slug}', { params: { ...params, query: { confirm: slug } } }))
}
