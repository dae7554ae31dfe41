import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { jsonProtocol, type WireReply } from './aws-protocols.ts'
import { type Identity, startService, type WireRequest } from './aws-wire.ts'

export type LocalDynamoDb = Awaited<ReturnType<typeof startDynamoDb>>

/**
 * DynamoDB: dynalite, behind a front of our own that can fail. What dynalite lacks: transactions, TTL (nothing ever
 * expires, as one must be ready for in the real one too), and the old item in a failed condition's error.
 */
export async function startDynamoDb(identity: Identity) {
  const database = dynalite({ createTableMs: 0, deleteTableMs: 0 })
  await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(database.address() as AddressInfo).port}`
  // The test's own way in: past the faults, and not among the recorded requests.
  const client = new DynamoDBClient({ ...identity, endpoint })

  // Closed on work in hand, dynalite throws out of a callback of its own, which nobody could catch.
  const inHand = new Set<Promise<WireReply>>()

  // Its handler is called, not its port: a second request by HTTP for each one would be half of the work.
  const ask = ({ headers, body }: WireRequest): Promise<WireReply> =>
    new Promise((resolve) => {
      const request = Object.assign(new EventEmitter(), { method: 'POST', url: '/', headers })
      const replied: Record<string, string> = {}
      const response = {
        statusCode: 200,
        setHeader: (name: string, value: unknown) => {
          replied[name.toLowerCase()] = String(value)
        },
        end: (text = '') => resolve({ status: response.statusCode, headers: kept(replied), body: text }),
      }
      database.emit('request', request, response)
      request.emit('data', Buffer.from(body))
      request.emit('end')
    })
  const forward = (request: WireRequest): Promise<WireReply> => {
    const reply = ask(request).finally(() => inHand.delete(reply))
    inHand.add(reply)
    return reply
  }
  const protocol = jsonProtocol('1.0', 'com.amazonaws.dynamodb.v20120810#')
  const service = await startService('dynamodb', protocol, identity, forward)

  return {
    service,
    /** A table as the stack makes it: `pk` and `sk`, both strings, paid by request. */
    async createTable(name: string): Promise<void> {
      await client.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: ['pk', 'sk'].map((key) => ({ AttributeName: key, AttributeType: 'S' })),
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
        }),
      )
      const status = async () => (await client.send(new DescribeTableCommand({ TableName: name }))).Table?.TableStatus
      while ((await status()) !== 'ACTIVE');
    },
    /** Every item of a table as plain values, past all faults. */
    async items(name: string): Promise<Record<string, unknown>[]> {
      const items: Record<string, unknown>[] = []
      for await (const page of paginateScan({ client }, { TableName: name, ConsistentRead: true })) {
        items.push(...(page.Items ?? []).map((item) => plain({ M: item }) as Record<string, unknown>))
      }
      return items
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await service[Symbol.asyncDispose]()
      await Promise.allSettled(inHand)
      client.destroy()
      const closed = new Promise((resolve) => database.close(resolve))
      database.closeAllConnections()
      await closed
    },
  }
}

/** What DynamoDB's own replies carry, and no more. */
function kept(headers: Record<string, string>): Record<string, string> {
  const names = ['content-type', 'x-amz-crc32', 'x-amzn-requestid']
  return Object.fromEntries(names.map((name) => [name, headers[name] ?? '']))
}

/** DynamoDB's `{ S: 'a' }`, `{ N: '1' }`, `{ M: … }` as JavaScript writes them. */
function plain(value: AttributeValue): unknown {
  if (value.NULL) return null
  if (value.N !== undefined) return Number(value.N)
  if (value.NS) return new Set(value.NS.map(Number))
  if (value.SS) return new Set(value.SS)
  if (value.L) return value.L.map(plain)
  if (value.M) return Object.fromEntries(Object.entries(value.M).map(([key, each]) => [key, plain(each)]))
  return value.S ?? value.BOOL ?? value.B ?? value.BS
}
