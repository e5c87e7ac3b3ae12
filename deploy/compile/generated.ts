import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

/**
 * Writes `shared/abi/`, so that neither the node nor a deployment needs Hardhat:
 *
 *     shared/abi/Depository.ts             depositoryAbi, `as const`, for viem
 *     shared/abi/bytecode/Depository.ts    bytecode of the production profile, for deployment
 *     shared/abi/typechain/…               TypeChain's classes, for ethers
 */

interface Artifact {
  readonly contractName: string
  readonly sourceName: string
  readonly abi: readonly unknown[]
  readonly bytecode: string
  readonly deployedBytecode: string
  readonly linkReferences: unknown
}

const header = '// Generated from contracts/ by `npm run compile`. Do not edit.\n'

async function readArtifacts(paths: readonly string[]): Promise<Artifact[]> {
  const artifacts: Artifact[] = []
  for (const path of paths) {
    const artifact = JSON.parse(await readFile(path, 'utf8')) as Artifact
    if (artifact.sourceName.startsWith('contracts/')) artifacts.push(artifact)
  }
  return artifacts
}

/** Only what changed is written, and by a rename: other processes may be importing these files. */
async function writeIfChanged(path: string, text: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined)
  if (before === text) return
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, text)
  await rename(temporary, path)
}

/** Makes the `.ts` files of `folder` exactly `files`; what a removed contract left is removed. */
async function replaceFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  recursive: boolean,
): Promise<void> {
  for (const [name, text] of files) await writeIfChanged(join(folder, name), text)
  for (const name of await listTypeScript(folder, recursive)) {
    if (!files.has(name)) await rm(join(folder, name), { force: true })
  }
}

async function listTypeScript(folder: string, recursive: boolean): Promise<string[]> {
  const entries = await readdir(folder, { recursive, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

function fileOf(files: Map<string, string>, artifact: Artifact, text: string): void {
  const name = `${artifact.contractName}.ts`
  if (files.has(name)) {
    throw new Error(`Two contracts are named ${artifact.contractName}; shared/abi/ holds one each.`)
  }
  files.set(name, header + text)
}

/** `IERC20` gives `ierc20Abi`, `DeltaMath` gives `deltaMathAbi`. */
export function abiNameOf(contractName: string): string {
  const camel = contractName.replace(/^[A-Z]+(?=[A-Z][a-z]|[0-9]|$)|^[A-Z]/, (s) => s.toLowerCase())
  return `${camel}Abi`
}

export async function writeAbis(root: string, artifactPaths: readonly string[]): Promise<void> {
  const files = new Map<string, string>()
  for (const artifact of await readArtifacts(artifactPaths)) {
    if (artifact.abi.length === 0) continue
    const abi = JSON.stringify(artifact.abi, null, 2)
    fileOf(files, artifact, `export const ${abiNameOf(artifact.contractName)} = ${abi} as const\n`)
  }
  await replaceFiles(join(root, 'shared/abi'), files, false)
}

export async function writeBytecode(root: string, artifactPaths: readonly string[]): Promise<void> {
  const files = new Map<string, string>()
  for (const artifact of await readArtifacts(artifactPaths)) {
    // Interfaces and abstract contracts have none; libraries of internal functions need none.
    if (artifact.bytecode === '0x' || artifact.abi.length === 0) continue
    const { bytecode, deployedBytecode } = artifact
    const links = JSON.stringify(artifact.linkReferences)
    fileOf(
      files,
      artifact,
      `export const bytecode =\n  '${bytecode}'\n` +
        `export const deployedBytecode =\n  '${deployedBytecode}'\n` +
        `export const linkReferences = ${links} as const\n`,
    )
  }
  await replaceFiles(join(root, 'shared/abi/bytecode'), files, false)
}

/** Moves TypeChain's output from the folder of this process to its place, mended on the way. */
export async function writeTypechain(root: string, from: string): Promise<void> {
  const files = new Map<string, string>()
  for (const name of await listTypeScript(from, true)) {
    const text = await readFile(join(from, name), 'utf8')
    if (name === 'hardhat.d.ts') await writeHardhatTypes(root, text)
    else files.set(name, mendTypechain(text))
  }
  await rm(from, { recursive: true, force: true })
  if (files.size > 0) await replaceFiles(join(root, 'shared/abi/typechain'), files, true)
}

/** The types of `ethers.deployContract('…')` in tests. They import Hardhat, so not in shared/. */
async function writeHardhatTypes(root: string, text: string): Promise<void> {
  const moved = text.replace(/"\.(\/index\.js)?"/, "'@xln/shared/abi/typechain/index.ts'")
  await writeIfChanged(join(root, 'artifacts/typechain.d.ts'), moved)
}

/**
 * TypeChain puts an empty statement into the namespace of each event. With it the namespace is a
 * value, which `erasableSyntaxOnly` refuses; without it, the namespace is only types.
 */
export function mendTypechain(text: string): string {
  return text.replace(/^(\s*export interface OutputObject .*\});$/gm, '$1')
}
