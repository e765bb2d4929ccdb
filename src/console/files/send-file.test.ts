import { expect, test } from 'vitest'
import { reachable } from './send-file.ts'

const signed = '1/a?b=c&signature=d'

test.each([
  [
    `http://localhost:5000/api/objects/${signed}`,
    'http://127.0.0.1:5000/',
    `http://127.0.0.1:5000/api/objects/${signed}`,
  ],
  [
    `https://desk.example/help/api/objects/${signed}`,
    'https://desk.example/help/',
    `https://desk.example/help/api/objects/${signed}`,
  ],
  [
    `https://help.acme.example/api/objects/${signed}`,
    'https://desk.example/t/acme/',
    `https://desk.example/t/acme/api/objects/${signed}`,
  ],
  [
    `https://desk.example/t/acme/api/objects/${signed}`,
    'https://desk.example/',
    `https://desk.example/api/objects/${signed}`,
  ],
  ['https://store.example/bucket/1/a?b=c', 'https://desk.example/', 'https://store.example/bucket/1/a?b=c'],
  ['https://s3.example/api/objects/1/a?b=c', 'https://desk.example/', 'https://s3.example/api/objects/1/a?b=c'],
])('%s is reached from %s', (url, base, expected) => expect(reachable(url, base)).toBe(expected))
