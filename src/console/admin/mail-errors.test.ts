import { expect, test } from 'vitest'
import { readMailError } from './mail-errors.ts'

test.each([
  [
    "EENVELOPE: Can't send mail - all recipients were rejected: 550 5.1.1 User unknown",
    'unknown',
    '550 5.1.1 User unknown',
  ],
  ['EENVELOPE: all recipients were rejected: 552 5.2.2 Over quota', 'full', '552 5.2.2 Over quota'],
  ['EMESSAGE: Message failed: 552-5.3.4 too big\n552 5.3.4 bye', 'size', '552-5.3.4 too big\n552 5.3.4 bye'],
  ['EMESSAGE: Message failed: 554 5.7.1 Rejected', 'policy', '554 5.7.1 Rejected'],
  ['EENVELOPE: rejected: 451 4.7.1 Greylisted, try again later', 'later', '451 4.7.1 Greylisted, try again later'],
  ['EENVELOPE: rejected: 450 busy', 'later', '450 busy'],
  ['EENVELOPE: rejected: 550 no', 'refused', '550 no'],
  ['EENVELOPE: rejected: 550 No such user here', 'unknown', '550 No such user here'],
  ['EAUTH: Invalid login: 535 5.7.8 Bad credentials', 'signIn', '535 5.7.8 Bad credentials'],
  ['ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:25', 'unreachable', null],
  ['ETIMEDOUT: Greeting never received', 'unreachable', null],
  ['EDNS: getaddrinfo ENOTFOUND mail.example.com', 'unreachable', null],
  ['ETLS: self-signed certificate', 'secure', null],
  ['The account has been deactivated.', null, null],
  ['', null, null],
])('%j means %s', (error, reason, said) => {
  expect(readMailError(error)).toEqual({ fault: reason, said })
})
