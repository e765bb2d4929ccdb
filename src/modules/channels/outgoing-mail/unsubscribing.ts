/** What the one-click unsubscription of a mail may stop beside a kind of notifications: the watching of the mail's ticket. */
export const watching = 'watching'

/** What the one-click unsubscription of a digest stops. */
export const digests = 'digests'
