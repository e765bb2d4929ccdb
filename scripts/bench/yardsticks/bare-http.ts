// Bare node:http: takes a request, and gives the answer that `ANSWER` in its environment says.
import { createServer } from 'node:http'
import { port } from './statements.ts'

const answer = Buffer.from(process.env.ANSWER ?? '{}')
const headers = { 'content-type': 'application/json', 'content-length': answer.length }

createServer((req, res) => {
  req.resume().once('end', () => res.writeHead(200, headers).end(answer))
}).listen(port, '127.0.0.1')
