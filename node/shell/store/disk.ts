/** What a server keeps on a disk, so that something else can stand in for the disk. */
import { join } from 'node:path'
import { type Database, openDatabase } from './database.ts'
import { type MarkFile, openMarkFile } from './highWater.ts'

export interface Disk {
  /** The database; made when there is none. Throws a `StoreError` when it is open already. */
  openDatabase(): Promise<Database>
  /** The file of the high-water mark; made when there is none. */
  openMark(): MarkFile
}

/** A directory of this machine. */
export function directoryDisk(directory: string): Disk {
  return {
    openDatabase: () => openDatabase(join(directory, 'db')),
    openMark: () => openMarkFile(join(directory, 'high-water')),
  }
}
