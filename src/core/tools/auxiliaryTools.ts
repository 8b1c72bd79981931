import type { AuxiliaryPorts } from './auxiliaryPorts.ts'
import { imageGenerate } from './imageGenerate.ts'
import { mixtureOfAgents } from './mixtureOfAgents.ts'
import { sessionSearch } from './sessionSearch.ts'
import { textToSpeech } from './textToSpeech.ts'
import type { Tool } from './tool.ts'
import { visionAnalyze } from './visionAnalyze.ts'
import { webExtract } from './webExtract.ts'
import { webSearch } from './webSearch.ts'

/** The tools that reach beyond the window: the web, other models, earlier sessions. */
export function auxiliaryTools(ports: AuxiliaryPorts): Tool[] {
  return [
    webSearch(ports),
    webExtract(ports),
    visionAnalyze(ports),
    imageGenerate(ports),
    textToSpeech(ports),
    sessionSearch(ports),
    mixtureOfAgents(ports),
  ]
}
