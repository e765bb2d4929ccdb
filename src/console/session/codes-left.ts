import { answerOf } from '../api/calls.ts'
import { go } from '../lib/router.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { plainApi } from './plain-api.ts'
import { words } from './sign-in.words.ts'

/** Says how many recovery codes are left after one was used, and leads to where a new phone is set up. */
export const sayCodesLeft = async (): Promise<void> => {
  const answer = await answerOf(plainApi.GET('/me/second-factor'))
  if (!answer.ok) return
  const w = words()
  toasts.show({
    text: w.codesLeft(answer.data.recovery_codes_left),
    seconds: 15,
    action: { label: w.newPhone, run: () => go('/account/security') },
  })
}
