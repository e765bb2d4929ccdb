import { toasts } from '../ui/toasts.svelte.ts'
import { words } from '../ui/ui.words.ts'

/**
 * Sends what the person has left in this browser, on whatever screen they are. After a deploy the part that does it may
 * be missing: then nothing that waits would go, so that is said.
 */
export const sendWaiting = (): void => {
  const reload = { label: words().reload, run: () => location.reload() }
  void import('../tickets/sending.svelte.ts')
    .then((sending) => sending.sendWaiting())
    .catch(() => toasts.show({ text: words().newVersion, action: reload, seconds: 3_600 }))
}
