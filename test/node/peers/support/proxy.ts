/** A wire between two servers that a test can break. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Proxy {
  readonly url: string
  /** The far side sees the end of the connection; the side that dialled sees silence. */
  breakFarSide(): void
  stop(): void
}

/** Passes on to the port of `url` whatever comes. */
export async function startProxy(url: string): Promise<Proxy> {
  const near: Socket[] = []
  const far: Socket[] = []
  const server = createServer((socket) => {
    const target = connect(Number(new URL(url).port), '127.0.0.1')
    near.push(socket)
    far.push(target)
    for (const end of [socket, target]) end.on('error', () => undefined)
    socket.on('data', (bytes) => target.writable && target.write(bytes))
    target.on('data', (bytes) => socket.write(bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${port}`,
    breakFarSide: () => {
      for (const target of far) target.destroy()
    },
    stop: () => {
      server.close()
      for (const socket of [...near, ...far]) socket.destroy()
    },
  }
}
