/**
 * A conversation on paper: a page of Markdown whose blocks of code hold commands (`> …`) and what came of
 * them. Played anew, what came of them is written anew; the commands and the text around stay.
 */
import { FakeCurve } from '@xln/node/sim/keys.ts'
import { useSecp256k1 } from '@xln/shared/crypto/secp256k1.ts'
import { channelLines } from './channelLines.ts'
import { carryOut, castOf } from './commands.ts'
import { Stage } from './stage.ts'

const FENCE = /^```\n/m
const COMMAND = '> '
/** Until all have met. */
const MEETING_MS = 2_000

/** The page as it should be: the same text, with what the nodes say now. */
export async function play(page: string): Promise<string> {
  const replaced = useSecp256k1(new FakeCurve())
  const player = new Player()
  try {
    return await player.page(page)
  } finally {
    player.close()
    useSecp256k1(replaced)
  }
}

class Player {
  #stage: Stage | undefined

  /** Text and blocks of code take turns. */
  async page(text: string): Promise<string> {
    const pieces = text.split(FENCE)
    if (pieces.length === 1) throw new Error('there is no block of code')
    if (pieces.length % 2 === 0) throw new Error('a block of code is not closed')
    const played: string[] = []
    for (const [index, piece] of pieces.entries()) {
      played.push(index % 2 === 0 ? piece : await this.#block(piece))
    }
    return played.join('```\n')
  }

  close(): void {
    this.#stage?.close()
  }

  /** The commands, what was said, and how the channels stand then. */
  async #block(text: string): Promise<string> {
    const lines = text.split('\n').filter((line) => line.startsWith(COMMAND))
    const commands = lines.map((line) => line.slice(COMMAND.length))
    const isFirst = this.#stage === undefined
    const stage = this.#stage ?? (await this.#begin(commands[0]))
    for (const [index, command] of commands.entries()) {
      if (!isFirst || index > 0) await carryOut(stage, command, commands[index + 1])
    }
    const channels = channelLines(stage.servers, stage.names)
    const sections = [lines, stage.takeLines(), channels].filter(({ length }) => length > 0)
    return `${sections.map((section) => section.join('\n')).join('\n\n')}\n`
  }

  async #begin(command: string | undefined): Promise<Stage> {
    const stage = new Stage(castOf(command))
    this.#stage = stage
    await stage.pass(MEETING_MS)
    return stage
  }
}
