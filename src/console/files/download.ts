import { type Answer, answerOf, api } from '../api/calls.ts'
import { reachable } from './send-file.ts'

interface Place {
  ticketId: string
  attachmentId: string
}

/** The address of the bytes of an attachment, for a few minutes. */
const addressOf = async ({ ticketId, attachmentId }: Place): Promise<Answer<string>> => {
  const params = { path: { ticketId, attachmentId } }
  const answer = await answerOf(api.GET('/tickets/{ticketId}/attachments/{attachmentId}', { params }))
  return answer.ok ? { ...answer, data: reachable(answer.data.download_url, document.baseURI) } : answer
}

/** Has the browser save an attachment. It is never opened in the page: the answer is a download, whatever it is. */
export const download = async (place: Place): Promise<Answer<string>> => {
  const answer = await addressOf(place)
  if (!answer.ok) return answer
  const link = document.createElement('a')
  link.href = answer.data
  link.download = ''
  link.rel = 'noreferrer'
  link.click()
  return answer
}

/** The bytes of a picture as an address of this page, to be revoked; null when they do not come. */
export const pictureAddress = async (place: Place, type: string): Promise<string | null> => {
  const answer = await addressOf(place)
  if (!answer.ok) return null
  try {
    const reply = await fetch(answer.data, { credentials: 'omit' })
    if (!reply.ok) return null
    return URL.createObjectURL(new Blob([await reply.arrayBuffer()], { type }))
  } catch {
    return null
  }
}
