import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("Dropout")
struct DropoutTests {
  private static let seed: UInt64 = 0x0123_4567_89AB_CDEF

  private func site(
    seed: UInt64 = seed, threshold: UInt64, scale: Float = 1.25, batch: Int = 0, head: Int = 0,
    firstQuery: Int = 0, firstKey: Int = 0
  ) -> DropoutSite {
    DropoutSite(
      seed: seed, threshold: threshold, scale: scale, batch: batch, head: head,
      firstQuery: firstQuery, firstKey: firstKey)
  }

  @Test("is compared with a generator that gives Random123's answers")
  func generator() {
    for answer in philoxAnswers {
      var philox = Philox(seed: answer.seed)
      #expect(philox.words(answer.counter) == answer.ten)
      philox.rounds = 7
      #expect(philox.words(answer.counter) == answer.seven)
    }
  }

  // From the first place, and up to the last that a word can number.
  @Test(
    "keeps what Philox says, for all small shapes and first keys",
    arguments: InstructionSet.available, [0, (1 << 32) - 132])
  func values(set: InstructionSet, place: Int) {
    let (batch, head) = place == 0 ? (0, 0) : ((1 << 32) - 1, (1 << 32) - 2)
    let size = 132
    let philox = Philox(seed: Self.seed)
    var words: [UInt32] = []
    for query in 0..<size {
      for key in 0..<size {
        words.append(philox.word(batch: batch, head: head, query: place + query, key: place + key))
      }
    }
    let threshold: UInt64 = 0x9999_9999
    for lines in lineCounts {
      for lanes in laneCounts {
        for first in 0..<4 {
          let here = site(
            threshold: threshold, batch: batch, head: head, firstQuery: place + 3 - first,
            firstKey: place + first)
          let expected = { (query: Int, key: Int) -> Float in
            let word = words[(3 - first + query) * size + first + key]
            return word < threshold ? 1.25 * Float(query * 200 + key) : 0
          }
          let vertical = GuardedMatrix(lines: lines, lanes: lanes) { Float($1 * 200 + $0) }
          set.kernels.dropoutVertical(vertical.base, lines, lanes, vertical.stride, here)
          let horizontal = GuardedMatrix(lines: lines, lanes: lanes) { Float($0 * 200 + $1) }
          set.kernels.dropoutHorizontal(horizontal.base, lines, lanes, horizontal.stride, here)
          #expect(
            vertical.fault { $2 == expected($1, $0) } == nil,
            "vertical, \(lines) lines of \(lanes) from \(first)")
          #expect(
            horizontal.fault { $2 == expected($0, $1) } == nil,
            "horizontal, \(lines) lines of \(lanes) from \(first)")
        }
      }
    }
  }

  @Test("gives Random123's words to consecutive keys", arguments: InstructionSet.available)
  func answers(set: InstructionSet) {
    for answer in philoxAnswers {
      for (k, word) in answer.ten.enumerated() {
        // Kept by the next threshold, and not by the word itself.
        for threshold in [UInt64(word), UInt64(word) + 1] {
          let here = site(
            seed: answer.seed, threshold: threshold, batch: Int(answer.counter[3]),
            head: Int(answer.counter[2]), firstQuery: Int(answer.counter[1]),
            firstKey: 4 * Int(answer.counter[0]) + k)
          let accept = { (_: Int, _: Int, value: Float) in value == (threshold > word ? 2.5 : 0) }
          let vertical = GuardedMatrix(lines: 1, lanes: 1) { _, _ in 2 }
          set.kernels.dropoutVertical(vertical.base, 1, 1, vertical.stride, here)
          #expect(vertical.fault(accept) == nil)
          let horizontal = GuardedMatrix(lines: 1, lanes: 1) { _, _ in 2 }
          set.kernels.dropoutHorizontal(horizontal.base, 1, 1, horizontal.stride, here)
          #expect(horizontal.fault(accept) == nil)
        }
      }
    }
  }

  @Test("leaves exactly 0 of NaN and ∞, and keeps them", arguments: InstructionSet.available)
  func specialValues(set: InstructionSet) {
    for kernel in [set.kernels.dropoutVertical, set.kernels.dropoutHorizontal] {
      for x in [Float.nan, .infinity, -.infinity, -1] {
        for (threshold, scale) in [(0, 1.25), (1 << 32, 1)] as [(UInt64, Float)] {
          let matrix = GuardedMatrix(lines: 21, lanes: 35) { _, _ in x }
          kernel(matrix.base, 21, 35, matrix.stride, site(threshold: threshold, scale: scale))
          let wanted = threshold == 0 ? 0 : x.bitPattern
          #expect(matrix.fault { $2.bitPattern == wanted } == nil, "\(x), \(threshold)")
        }
      }
    }
  }

  @Test("keeps as many as the threshold says", arguments: [0.1, 0.5, 0.9])
  func fraction(probability: Double) {
    let x = GuardedMatrix(lines: 1000, lanes: 1000) { _, _ in 1 }
    let threshold = UInt64((1 - probability) * 0x1p32)
    InstructionSet.best.kernels.dropoutHorizontal(
      x.base, 1000, 1000, x.stride, site(threshold: threshold, scale: 1))
    var kept = 0.0
    for line in 0..<1000 {
      for lane in 0..<1000 { kept += Double(x[line, lane]) }
    }
    // Five standard deviations of a sum of 10⁶ choices.
    let deviation = (1e6 * probability * (1 - probability)).squareRoot()
    #expect(abs(kept - 1e6 * (1 - probability)) < 5 * deviation)
  }
}
