/** The tokens of a person who is signed in. */
export interface Session {
  token: string
  refresh_token: string
}

/**
 * Signs a person in at a program. `tenant` is the slug of the tenant, `name` the sign-in name, user id or email
 * address.
 * @throws Error when the answer is not 200.
 */
export const signIn = async (url: string, tenant: string, name: string, password: string): Promise<Session> => {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tenant': tenant },
    body: JSON.stringify({ user_id_or_email: name, password }),
  })
  if (response.status !== 200) throw new Error(`signing in as ${name} in ${tenant} answers ${response.status}`)
  return (await response.json()) as Session
}
