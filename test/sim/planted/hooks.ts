/** Put before a program (`node --import`), it has the bug that XLN_PLANT names put into the product. */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { applyEdit, editsOf } from './plant.ts'
import { plants } from './plants.ts'

const name = process.env['XLN_PLANT']
const plant = plants.find((each) => each.name === name)
if (plant === undefined) throw new Error(`no bug is called '${name}'`)
const edits = editsOf(plant).map((edit) => ({ ...edit, href: pathToFileURL(edit.file).href }))

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const here = edits.filter(({ href }) => href === url)
    if (here.length === 0 || loaded.source === undefined || loaded.source === null) return loaded
    const source =
      typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
    return {
      ...loaded,
      source: here.reduce((text, edit) => applyEdit(plant.name, edit, text), source),
    }
  },
})
