import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/marks.css'
import './styles/tables.css'
import './styles/windows.css'
import './styles/shell.css'
import './styles/session.css'
import { mount } from 'svelte'
import App from './App.svelte'
import { answerOf, api } from './api/calls.ts'
import { startKeys } from './lib/keys.svelte.ts'
import { startClock } from './lib/now.svelte.ts'
import { startPreferences } from './lib/preferences.svelte.ts'
import { startProblemWords } from './lib/problem-translation.svelte.ts'
import { startResting } from './lib/resting.ts'
import { startRouter } from './lib/router.svelte.ts'
import { chooseTenant, session } from './lib/session.svelte.ts'
import { forgetOld } from './lib/stored.ts'
import { startTickets } from './live/tickets.svelte.ts'
import { hideLinkToken } from './session/link-token.ts'

if (session.tenant !== null) chooseTenant(session.tenant)
startPreferences()
forgetOld('counterdesk ')
startRouter()
hideLinkToken()
startProblemWords()
startKeys()
startResting()
startClock()
startTickets()

const target = document.getElementById('app')
if (target) mount(App, { target })

/** Asks who is signed in. Only a refusal means nobody; anything else is asked again, and the page says why it waits. */
const findOut = async (): Promise<void> => {
  const me = await answerOf(api.GET('/me'))
  if (me.ok) session.me = me.data
  else if (me.problem.status === 401) session.me = null
  else setTimeout(() => void findOut(), 1_000 * Math.min(30, me.problem.retry_after ?? 3))
  session.unknownBecause = me.ok || me.problem.status === 401 ? null : me.problem
}
await findOut()
