/** Where a file goes, as the API answered. */
export interface Address {
  url: string
  method: string
  headers: Record<string, string>
}

/** How the sending of a file ended. `expired`: the address takes nothing any more. */
export type Sent = 'sent' | 'cut' | 'expired' | 'refused'

/**
 * The address by which this page reaches it. The program writes its own files' addresses with the address of the
 * tenant; a page that was opened by another name of the same program asks the program by that name, because the policy
 * allows no other. The addresses of a store have no parameter `signature`: theirs has another name.
 */
export const reachable = (url: string, base: string): string => {
  const target = new URL(url)
  const [, key] = /\/api\/objects\/(.+)$/.exec(target.pathname) ?? []
  if (key === undefined || !target.searchParams.has('signature')) return url
  return new URL('api/objects/', base) + key + target.search
}

const outcomeOf = (status: number): Sent => {
  if (status >= 200 && status < 300) return 'sent'
  if (status === 0 || status >= 500) return 'cut'
  return status === 403 || status === 410 ? 'expired' : 'refused'
}

/**
 * Sends a file to its signed address. `fetch` tells no progress of what is sent, so this is an XMLHttpRequest.
 * @param onProgress gets the bytes that have gone out.
 * @throws DOMException `AbortError` when the signal stops it.
 */
export const sendFile = (
  file: Blob,
  { url, method, headers }: Address,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Sent> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const request = new XMLHttpRequest()
    const stop = (): void => request.abort()
    const end = (): void => signal.removeEventListener('abort', stop)
    request.open(method, reachable(url, document.baseURI))
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded }) => onProgress(Math.min(loaded, file.size))
    request.onload = () => {
      end()
      resolve(outcomeOf(request.status))
    }
    request.onerror = () => {
      end()
      resolve('cut')
    }
    request.onabort = () => {
      end()
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop)
    request.send(file)
  })
