import { expect, test } from 'vitest'
import { reachable } from './send-file.ts'

test.each([
  ['http://localhost:5000/api/objects/1/a?b=c', 'http://127.0.0.1:5000/', 'http://127.0.0.1:5000/api/objects/1/a?b=c'],
  [
    'https://desk.example/help/api/objects/1/a?b=c',
    'https://desk.example/help/',
    'https://desk.example/help/api/objects/1/a?b=c',
  ],
  ['https://store.example/bucket/1/a?b=c', 'https://desk.example/', 'https://store.example/bucket/1/a?b=c'],
])('%s is reached from %s', (url, base, expected) => expect(reachable(url, base)).toBe(expected))
