/** Where the product's files are. */

export const channel = (file: string): string => `node/machines/channel/${file}`
export const entity = (file: string): string => `node/machines/entity/${file}`
export const shell = (file: string): string => `node/shell/${file}`
