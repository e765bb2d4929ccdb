/**
 * Whether mails leave this desk. Without a mail server the program keeps them, and says so in the page. So no sentence
 * of the console promises a mail that nobody gets.
 */
export const mailsGo: boolean =
  globalThis.document?.querySelector('meta[name="counterdesk-mails"]')?.getAttribute('content') !== 'kept'
