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
import { findOut } from './lib/find-out.ts'
import { startKeys } from './lib/keys.svelte.ts'
import { startClock } from './lib/now.svelte.ts'
import { startPreferences } from './lib/preferences.svelte.ts'
import { startProblemWords } from './lib/problem-translation.svelte.ts'
import { startResting } from './lib/resting.ts'
import { startRouter } from './lib/router.svelte.ts'
import { forgetOld } from './lib/stored.ts'
import { startTickets } from './live/tickets.svelte.ts'
import { hideLinkToken } from './session/link-token.ts'

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

await findOut()
