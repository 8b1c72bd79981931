import assert from 'node:assert/strict'
import { utimes } from 'node:fs/promises'
import * as vscode from 'vscode'
import { replaceWhole } from '../../src/core/edits/whole.ts'
import type { Compute } from '../../src/core/ports.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { append, edited, refused, replace } from '../contracts/documentsWorld.ts'
import { windowWorld, type WindowWorld } from './support/documentsWorld.ts'

interface JsonCell {
  cell_type: string
  source: string[] | string
  outputs?: unknown[]
}

const output = { name: 'stdout', output_type: 'stream', text: ['1\n'] }

function notebook(...sources: [kind: 'code' | 'markdown', source: string][]): string {
  const cells = sources.map(([kind, source]) => ({
    cell_type: kind,
    metadata: {},
    source: source.split(/(?<=\n)/),
    ...(kind === 'code' ? { execution_count: 1, outputs: [output] } : {}),
  }))
  return JSON.stringify(
    { cells, metadata: { language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 4 },
    null,
    1,
  )
}

const text = '# %% [markdown]\n# Title\n# %% [code python]\nx = 1\nprint(x)\n# %% [code python]\nprint(2)'

async function withNotebook(body: (world: WindowWorld) => Promise<void>): Promise<void> {
  const world = await windowWorld()
  await world.write('n.ipynb', notebook(['markdown', '# Title'], ['code', 'x = 1\nprint(x)'], ['code', 'print(2)']))
  // Nobody has just written it: an edit need not wait for VS Code to take it up.
  await utimes(world.target('n.ipynb').path, 0, 0)
  try {
    await body(world)
  } finally {
    await world.dispose()
  }
}

async function cellsIn({ bytes }: WindowWorld, name = 'n.ipynb'): Promise<JsonCell[]> {
  return (JSON.parse(String(await bytes(name))) as { cells: JsonCell[] }).cells
}

const source = (cell: JsonCell | undefined): string => [cell?.source ?? ''].flat().join('')
const whole =
  (content: string): Compute =>
  (document) =>
    replaceWhole(document.text, content)

describe('notebooks', () => {
  it('are read as the text of their cells', () =>
    withNotebook(async ({ documents, target }) => {
      const read = await documents.read(target('n.ipynb'), neverCancelled)
      assert.deepEqual(read.kind === 'read' && [read.text, read.dirty], [text, false])
    }))

  it('have a cell edited in place, outputs kept, and saved', () =>
    withNotebook(async (world) => {
      const receipt = await edited(
        world.documents.edit(world.target('n.ipynb'), replace('x = 1', 'x = 3'), neverCancelled),
      )
      assert.equal(receipt.saved, true)
      const cells = await cellsIn(world)
      assert.deepEqual(cells.map(source), ['# Title', 'x = 3\nprint(x)', 'print(2)'])
      assert.deepEqual(cells[1]?.outputs, [output])
      const read = await world.documents.read(world.target('n.ipynb'), neverCancelled)
      assert.equal(read.kind === 'read' && read.version, receipt.after)
    }))

  it('get new cells, and lose others, between those that stay', () =>
    withNotebook(async (world) => {
      const wanted = text
        .replace('# %% [markdown]\n# Title\n', '')
        .replace('# %% [code python]\nprint(2)', '# %% [markdown]\nNew\n# %% [code python]\nprint(2)')
      await edited(world.documents.edit(world.target('n.ipynb'), whole(wanted), neverCancelled))
      const cells = await cellsIn(world)
      assert.deepEqual(cells.map(source), ['x = 1\nprint(x)', 'New', 'print(2)'])
      assert.deepEqual([cells[0]?.outputs, cells[2]?.outputs], [[output], [output]])
    }))

  it('combine sibling edits', () =>
    withNotebook(async (world) => {
      const before = world.counts()
      const { documents, target } = world
      await Promise.all([
        edited(documents.edit(target('n.ipynb'), replace('x = 1', 'x = 5'), neverCancelled)),
        edited(documents.edit(target('n.ipynb'), replace('print(2)', 'print(6)'), neverCancelled)),
        edited(documents.edit(target('n.ipynb'), append('# %% [markdown]\nEnd'), neverCancelled)),
      ])
      assert.deepEqual([world.counts().applied - before.applied, world.counts().saved - before.saved], [1, 1])
      assert.deepEqual((await cellsIn(world)).map(source), ['# Title', 'x = 5\nprint(x)', 'print(6)', 'End'])
    }))

  it('keep what the user changed and did not save', () =>
    withNotebook(async (world) => {
      const path = world.target('n.ipynb').path
      const open = await vscode.workspace.openNotebookDocument(vscode.Uri.file(path))
      await vscode.window.showNotebookDocument(open)
      const typing = new vscode.WorkspaceEdit()
      typing.insert(open.cellAt(0).document.uri, new vscode.Position(0, 7), ' of mine')
      assert.ok(await vscode.workspace.applyEdit(typing))
      const receipt = await edited(
        world.documents.edit(world.target('n.ipynb'), replace('x = 1', 'x = 7'), neverCancelled),
      )
      assert.deepEqual([receipt.saved, receipt.change.unsavedReason], [false, 'held your own edits'])
      assert.deepEqual(
        open.getCells().map(({ document }) => document.getText()),
        ['# Title of mine', 'x = 7\nprint(x)', 'print(2)'],
      )
      assert.deepEqual((await cellsIn(world)).map(source), ['# Title', 'x = 1\nprint(x)', 'print(2)'])
      assert.deepEqual(
        world.documents.unsaved().map(({ path: unsaved }) => unsaved),
        [path],
      )
      assert.ok(await open.save())
    }))

  it('are edited as another program wrote them', () =>
    withNotebook(async (world) => {
      await edited(world.documents.edit(world.target('n.ipynb'), replace('x = 1', 'x = 3'), neverCancelled))
      await world.write('n.ipynb', notebook(['code', 'y = 1']))
      await edited(world.documents.edit(world.target('n.ipynb'), replace('y = 1', 'y = 2'), neverCancelled))
      assert.deepEqual((await cellsIn(world)).map(source), ['y = 2'])
    }))

  it('refuse what is no text of cells, and stay as they are', () =>
    withNotebook(async (world) => {
      const before = await world.bytes('n.ipynb')
      for (const wrong of ['{ "cells": [] }', 'print(1)\n', '# %% [code python]\n# %% [markdown]\nx']) {
        const failure = await refused(world.documents.edit(world.target('n.ipynb'), whole(wrong), neverCancelled))
        assert.equal(failure.code, 'not_a_notebook')
      }
      assert.deepEqual(await world.bytes('n.ipynb'), before)
    }))

  it('are refused where a cell reads like two', () =>
    withNotebook(async (world) => {
      await world.write('odd.ipynb', notebook(['code', 'a\n# %% [markdown]\nb']))
      const failure = await refused(world.documents.edit(world.target('odd.ipynb'), append('x'), neverCancelled))
      assert.equal(failure.code, 'unmappable')
    }))

  it('are created from the text of cells', () =>
    withNotebook(async (world) => {
      const receipt = await edited(world.documents.edit(world.target('new.ipynb'), whole(text), neverCancelled))
      assert.deepEqual([receipt.change.kind, receipt.saved], ['added', true])
      assert.deepEqual((await cellsIn(world, 'new.ipynb')).map(source), ['# Title', 'x = 1\nprint(x)', 'print(2)'])
      const read = await world.documents.read(world.target('new.ipynb'), neverCancelled)
      assert.equal(read.kind === 'read' && read.version, receipt.after)
    }))
})
