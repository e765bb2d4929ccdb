/** What a person does with a webhook, in a dialog. */
export type Act =
  | { kind: 'edit' | 'ping' | 'disable' | 'delete' | 'rotate' | 'end' }
  | { kind: 'resend'; from: { delivery_id: string; name: string } | null; since: string | null }
