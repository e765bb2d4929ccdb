import { answerOf, api } from '../api/calls.ts'
import { saysNothing } from '../api/problem.ts'
import { chooseTenant, keepTenantOf, session } from './session.svelte.ts'

/** The code for somebody who may do nothing before their second factor is set up. */
export const mustEnrolCode = 'second_factor_enrolment_required'

let next: ReturnType<typeof setTimeout> | undefined

/**
 * Asks who is signed in. While nothing is known it is asked again, and the page says why it waits. Every refusal but
 * these leads to the screens for which nobody need be signed in.
 */
export const findOut = async (): Promise<void> => {
  clearTimeout(next)
  const me = await answerOf(api.GET('/me'))
  if (!me.ok && saysNothing(me.problem)) {
    session.unknownBecause = me.problem
    next = setTimeout(() => void findOut(), 1_000 * Math.min(30, me.problem.retry_after ?? 3))
    return
  }
  session.mustEnrol = !me.ok && me.problem.code === mustEnrolCode
  session.me = me.ok ? me.data : null
  session.unknownBecause = null
  // What the address names is kept only for somebody who is to sign in there.
  if (me.ok) keepTenantOf(me.data)
  else if (session.tenant !== null) chooseTenant(session.tenant)
}
