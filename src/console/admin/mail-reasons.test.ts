import { expect, test } from 'vitest'
import { readMailError } from './mail-reasons.ts'

test.each([
  [
    "EENVELOPE: Can't send mail - all recipients were rejected: 550 5.1.1 User unknown",
    'noSuchAddress',
    '550 5.1.1 User unknown',
  ],
  ['EENVELOPE: all recipients were rejected: 552 5.2.2 Over quota', 'mailboxFull', '552 5.2.2 Over quota'],
  ['EMESSAGE: Message failed: 552-5.3.4 too big\n552 5.3.4 bye', 'tooLarge', '552-5.3.4 too big\n552 5.3.4 bye'],
  ['EMESSAGE: Message failed: 554 5.7.1 Rejected', 'takenForSpam', '554 5.7.1 Rejected'],
  [
    'EENVELOPE: rejected: 451 4.7.1 Greylisted, try again later',
    'askedToWait',
    '451 4.7.1 Greylisted, try again later',
  ],
  ['EENVELOPE: rejected: 450 busy', 'askedToWait', '450 busy'],
  ['EENVELOPE: rejected: 550 no', 'refused', '550 no'],
  ['EENVELOPE: rejected: 550 No such user here', 'noSuchAddress', '550 No such user here'],
  ['EAUTH: Invalid login: 535 5.7.8 Bad credentials', 'notSignedIn', '535 5.7.8 Bad credentials'],
  ['ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:25', 'notReached', null],
  ['ETIMEDOUT: Greeting never received', 'notReached', null],
  ['EDNS: getaddrinfo ENOTFOUND mail.example.com', 'notReached', null],
  ['ETLS: self-signed certificate', 'notEncrypted', null],
  ['The account has been deactivated.', null, null],
  ['', null, null],
])('%j means %s', (error, reason, said) => {
  expect(readMailError(error)).toEqual({ reason, said })
})
