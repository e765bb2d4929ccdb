/** One click on a mail stops a kind of notifications, or else this: watching the ticket of the mail. */
export const watching = 'watching'

/** What the one-click unsubscription of a digest stops. */
export const digests = 'digests'
