import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("A conversion of elements")
struct ConversionTests {
  /// All numbers of 16 bits, NaN among them.
  private static let allBits = (0...UInt16.max).map { $0 }

  private func converted<Source, Target>(
    _ kernel: Kernels.Conversion<Source, Target>, _ source: [Source]
  ) -> [Target] {
    [Target](unsafeUninitializedCapacity: source.count) { target, count in
      kernel(source, source.count, target.baseAddress!)
      count = source.count
    }
  }

  /// The first number of 16 bits that is not widened as it should, in words; nil where there is none.
  private func fault(widening kernel: Kernels.Conversion<UInt16, Float>, as format: ShortFormat)
    -> String?
  {
    for (bits, value) in zip(Self.allBits, converted(kernel, Self.allBits))
    where value.bitPattern != format.widened(bits).bitPattern {
      return "\(hexadecimal(bits)) became \(hexadecimal(value.bitPattern))"
    }
    return nil
  }

  /// The first float that is not narrowed as it should, in words; nil where there is none.
  private func fault(
    narrowing kernel: Kernels.Conversion<Float, UInt16>, _ floats: [Float], as format: ShortFormat
  ) -> String? {
    for (x, bits) in zip(floats, converted(kernel, floats)) where bits != format.narrowed(x) {
      return "\(hexadecimal(x.bitPattern)) became \(hexadecimal(bits))"
    }
    return nil
  }

  private func hexadecimal(_ bits: some BinaryInteger) -> String { String(bits, radix: 16) }

  @Test(
    "widens every number and NaN", arguments: InstructionSet.available, ShortFormat.allCases)
  func widening(set: InstructionSet, format: ShortFormat) {
    #expect(fault(widening: format.widening(set.kernels), as: format) == nil)
  }

  @Test(
    "narrows what was widened to what it was", arguments: InstructionSet.available,
    ShortFormat.allCases)
  func roundTrip(set: InstructionSet, format: ShortFormat) {
    let widened = converted(format.widening(set.kernels), Self.allBits)
    let narrowed = converted(format.narrowing(set.kernels), widened)
    let quiet = UInt16(1) << (format.significandBits - 1)
    let expected = Self.allBits.map { $0 & 0x7FFF > format.infinity ? $0 | quiet : $0 }
    #expect(narrowed == expected)
  }

  @Test(
    "rounds to nearest, ties to even, subnormals and up to infinity",
    arguments: InstructionSet.available, ShortFormat.allCases)
  func rounding(set: InstructionSet, format: ShortFormat) {
    // Around each number and the middle to the next; behind the last, where infinity would be next.
    let edges = (0..<format.infinity).flatMap { bits -> [Float] in
      let number = format.widened(bits)
      let below = format.widened(bits == 0 ? 0 : bits - 1)
      let isLast = bits + 1 == format.infinity
      let above = isLast ? Double(number) * 2 - Double(below) : Double(format.widened(bits + 1))
      let middle = Float((Double(number) + above) / 2)
      return [number, middle].flatMap { [$0.nextDown, $0, $0.nextUp] }
    }
    let kernel = format.narrowing(set.kernels)
    #expect(fault(narrowing: kernel, edges, as: format) == nil)
    #expect(fault(narrowing: kernel, edges.map { -$0 }, as: format) == nil)
    let greatest: [Float] = [.greatestFiniteMagnitude, .infinity]
    #expect(fault(narrowing: kernel, greatest + greatest.map { -$0 }, as: format) == nil)
  }

  @Test(
    "rounds random floats to nearest", arguments: InstructionSet.available, ShortFormat.allCases)
  func random(set: InstructionSet, format: ShortFormat) {
    var random = SeededGenerator(seed: 14)
    // Of every second one, the magnitude is about one that halves have.
    let floats = (0..<1 << 20).map { i in
      let bits = UInt32.random(in: 0...UInt32.max, using: &random)
      let near = UInt32.random(in: 0x3000_0000...0x4800_0000, using: &random)
      return Float(bitPattern: i % 2 == 0 ? bits & 0x8000_0000 | near : bits)
    }
    #expect(
      fault(narrowing: format.narrowing(set.kernels), floats, as: format) == nil, "seed 14")
  }

  @Test(
    "keeps NaN's sign and upper payload, quietly", arguments: InstructionSet.available,
    ShortFormat.allCases)
  func notANumber(set: InstructionSet, format: ShortFormat) {
    // Every bit of the payload alone, and all but it.
    let bits = (0..<23).map { UInt32(1) << $0 }
    let payloads = bits + bits.map { 0x7F_FFFF ^ $0 }
    let floats = payloads.flatMap {
      [Float(bitPattern: 0x7F80_0000 | $0), Float(bitPattern: 0xFF80_0000 | $0)]
    }
    #expect(fault(narrowing: format.narrowing(set.kernels), floats, as: format) == nil)
  }

  @Test("is 1 where a byte is not 0", arguments: InstructionSet.available)
  func bools(set: InstructionSet) {
    let bytes = (0...UInt8.max).map { $0 }
    let floats = converted(set.kernels.widenBool, bytes)
    #expect(floats.map(\.bitPattern) == bytes.map { ($0 == 0 ? Float(0) : 1).bitPattern })
  }

  @Test("is 0 where a float is 0 of either sign, and else 1", arguments: InstructionSet.available)
  func truthValues(set: InstructionSet) {
    let floats: [Float] = [
      0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .infinity, -.infinity, .nan,
      -.nan, 256, 0x1p-149, 0.5, 0,
    ]
    // Each in every lane of a vector, and in the rest behind the last.
    for shift in 0..<32 {
      let shifted = Array(repeating: 0, count: shift) + floats
      #expect(converted(set.kernels.narrowBool, shifted) == shifted.map { $0 == 0 ? 0 : 1 })
    }
  }

  /// What is wrong with what `kernel` makes of so many elements between guards, if anything.
  private func fault<Source: Equatable, Target: Equatable>(
    _ kernel: Kernels.Conversion<Source, Target>, count: Int, gap: Int, guards: (Source, Target),
    _ element: (Int) -> (source: Source, target: Target)
  ) -> String? {
    let source = FencedElements(count: count, beforeEdge: gap, guardWord: guards.0)
    let target = FencedElements(count: count, beforeEdge: gap, guardWord: guards.1)
    for i in 0..<count { source.base[i] = element(i).source }
    kernel(source.base, count, target.base)
    if !source.isIntact || !target.isIntact { return "something else was written" }
    return target.elements == (0..<count).map { element($0).target } ? nil : "something is wrong"
  }

  @Test("stops at the edges, at any address", arguments: InstructionSet.available)
  func edges(set: InstructionSet) {
    let kernels = set.kernels
    for count in 0...70 {
      for gap in 0...1 {
        var faults = ShortFormat.allCases.flatMap { format in
          let numbers = { (i: Int) in
            let bits = format.infinity - UInt16(7 * i + 1)
            return (bits, format.widened(bits))
          }
          return [
            fault(
              format.widening(kernels), count: count, gap: gap, guards: (0xABCD, -77), numbers),
            fault(format.narrowing(kernels), count: count, gap: gap, guards: (-77, 0xABCD)) {
              let (bits, float) = numbers($0)
              return (float, bits)
            },
          ]
        }
        faults.append(
          fault(kernels.widenBool, count: count, gap: gap, guards: (9, -77)) {
            (UInt8($0 % 3), $0 % 3 == 0 ? 0 : 1)
          })
        faults.append(
          fault(kernels.narrowBool, count: count, gap: gap, guards: (-77, 9)) {
            (Float($0 % 3), $0 % 3 == 0 ? 0 : 1)
          })
        #expect(
          faults == Array(repeating: nil, count: 6), "\(count) elements, \(gap) before the edge")
      }
    }
  }

  #if !os(macOS) || arch(arm64)
    @Test("is defined for halves as Swift's Float16 is")
    func definition() {
      let format = ShortFormat.half
      for bits in Self.allBits where bits & 0x7FFF <= format.infinity {
        let value = Float(Float16(bitPattern: bits))
        #expect(format.widened(bits).bitPattern == value.bitPattern)
        for x in [value.nextDown, value.nextUp] where !x.isNaN {
          #expect(format.narrowed(x) == Float16(x).bitPattern)
        }
      }
    }
  #endif
}
