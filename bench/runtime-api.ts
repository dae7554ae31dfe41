/** Lambda's Runtime API as far as a start needs it: the runtime asks for work, or reports why it cannot. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RuntimeApi extends AsyncDisposable {
  address: string
  /** Resolves when a runtime has loaded its function and asks for work; rejects with what it reports instead. */
  ready(): Promise<void>
}

export async function startRuntimeApi(): Promise<RuntimeApi> {
  let settle: PromiseWithResolvers<void> | undefined
  const server = createServer(async (request, response) => {
    if (request.url === '/2018-06-01/runtime/invocation/next') {
      // Never answered: the start is all that is measured.
      settle?.resolve()
      return
    }
    const body = await request.setEncoding('utf8').toArray()
    settle?.reject(new Error(`The function did not load: ${request.url} ${body.join('')}`))
    response.writeHead(202).end('{"status":"OK"}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready: () => {
      settle = Promise.withResolvers()
      return settle.promise
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
