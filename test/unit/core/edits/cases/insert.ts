import type { Insertion } from '../../../../../src/core/edits/insert.ts'

/** What `insert_text` makes of a text, undefined where there is no file, or what it says. */
export interface InsertCase {
  name: string
  text: string | undefined
  insertion: Insertion
  gives?: string
  note?: string
  fails?: [code: string, ...says: string[]]
}

export const insertCases: InsertCase[] = [
  { name: 'before the first line', text: 'a\nb\n', insertion: { text: 'x', line: 1 }, gives: 'x\na\nb\n' },
  { name: 'between lines', text: 'a\nb\n', insertion: { text: 'x\n', line: 2 }, gives: 'a\nx\nb\n' },
  { name: 'several lines', text: 'a\nb\n', insertion: { text: 'x\ny', line: 2 }, gives: 'a\nx\ny\nb\n' },
  { name: 'an empty line', text: 'a\nb\n', insertion: { text: '\n', line: 2 }, gives: 'a\n\nb\n' },
  { name: 'one past the last line is the end', text: 'a\nb\n', insertion: { text: 'x', line: 3 }, gives: 'a\nb\nx\n' },
  { name: 'the end of a text without a newline', text: 'a\nb', insertion: { text: 'x', line: 3 }, gives: 'a\nb\nx' },
  {
    name: 'the last line of a text without a newline',
    text: 'a\nb',
    insertion: { text: 'x', line: 2 },
    gives: 'a\nx\nb',
  },
  { name: 'no line: the end', text: 'a\n', insertion: { text: 'x' }, gives: 'a\nx\n' },
  {
    name: 'no line, no newline: the end on a line of its own',
    text: 'a\nb',
    insertion: { text: 'x\n' },
    gives: 'a\nb\nx\n',
  },
  { name: 'a text that ends with an empty line', text: 'a\n\n', insertion: { text: 'x' }, gives: 'a\n\nx\n' },
  { name: 'an empty file', text: '', insertion: { text: 'x' }, gives: 'x' },
  { name: 'an empty file, by line', text: '', insertion: { text: 'x\n', line: 1 }, gives: 'x\n' },
  { name: 'no file: it is created', text: undefined, insertion: { text: 'x\r\ny\r\n' }, gives: 'x\ny\n' },
  { name: 'no file, line 1', text: undefined, insertion: { text: 'x', line: 1 }, gives: 'x' },
  { name: 'after a piece of a line', text: 'a b\nc\n', insertion: { text: 'x', after: 'a' }, gives: 'a b\nx\nc\n' },
  { name: 'after the last line', text: 'a\nb', insertion: { text: 'x', after: 'b' }, gives: 'a\nb\nx' },
  {
    name: 'after lines with their newline',
    text: 'a\nb\nc\n',
    insertion: { text: 'x', after: 'a\nb\n' },
    gives: 'a\nb\nx\nc\n',
  },
  {
    name: 'after lines without their newline',
    text: 'a\nb\nc\n',
    insertion: { text: 'x', after: 'a\nb' },
    gives: 'a\nb\nx\nc\n',
  },
  { name: 'after, with CRLF', text: 'a\nb\nc\n', insertion: { text: 'x', after: 'a\r\nb' }, gives: 'a\nb\nx\nc\n' },
  {
    name: 'after a line with white space at its end',
    text: 'a {\nb \nc\n',
    insertion: { text: 'x', after: 'a {\nb\n' },
    gives: 'a {\nb \nx\nc\n',
    note: 'white space at the ends of lines',
  },
  { name: 'nothing', text: 'a\n', insertion: { text: '' }, gives: 'a\n' },
  {
    name: 'a line beyond the end',
    text: 'a\nb\n',
    insertion: { text: 'x', line: 4 },
    fails: ['out_of_range', 'There is no line 4: the file has 2. Give 1 to 3'],
  },
  { name: 'line 0', text: 'a\nb\n', insertion: { text: 'x', line: 0 }, fails: ['out_of_range'] },
  { name: 'half a line', text: 'a\nb\n', insertion: { text: 'x', line: 1.5 }, fails: ['out_of_range'] },
  {
    name: 'line 2 of no file',
    text: undefined,
    insertion: { text: 'x', line: 2 },
    fails: ['out_of_range', 'the file has 0'],
  },
  {
    name: 'after what is not there',
    text: 'a\nb\n',
    insertion: { text: 'x', after: 'none' },
    fails: ['not_matched', 'Nothing in the file is like it', 'Nothing was changed'],
  },
  {
    name: 'after what is written otherwise',
    text: 'A\nb\n',
    insertion: { text: 'x', after: 'a' },
    fails: ['not_matched', 'upper and lower case'],
  },
  {
    name: 'after what has a newline written out',
    text: 'a\nb\n',
    insertion: { text: 'x', after: 'a\\nb' },
    fails: ['not_matched', 'escapes written out'],
  },
  {
    name: 'after a piece that is there twice',
    text: 'a\nb\na\n',
    insertion: { text: 'x', after: 'a' },
    fails: ['ambiguous', '2 places, at lines 1 and 3', 'more of the text'],
  },
  {
    name: 'after a piece that is there twice, one inside the other',
    text: 'ababa\n',
    insertion: { text: 'x', after: 'aba' },
    fails: ['ambiguous'],
  },
  {
    name: 'after every line',
    text: 'a\nb\n',
    insertion: { text: 'x', after: '\n' },
    fails: ['ambiguous', 'lines 1 and 2'],
  },
  {
    name: 'after a piece of no file',
    text: undefined,
    insertion: { text: 'x', after: 'a' },
    fails: ['not_found', 'Leave after out to create'],
  },
  { name: 'after nothing', text: 'a\n', insertion: { text: 'x', after: '' }, fails: ['invalid_input'] },
  {
    name: 'line and after',
    text: 'a\n',
    insertion: { text: 'x', after: 'a', line: 1 },
    fails: ['invalid_input', 'not both'],
  },
]
