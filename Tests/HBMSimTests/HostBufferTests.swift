@_spi(Host) import HBMSim
import TestSupport
import Testing

@Suite("A host buffer")
struct HostBufferTests {
  private func elements(of buffer: HostBuffer) -> [Float] {
    buffer.withElements { span in span.indices.map { span[$0] } }
  }

  @Test("is zero at first", arguments: [0, 1, 1023, 1024, 1025])
  func zeros(count: Int) {
    let buffer = HostBuffer(zeros: count)
    #expect(buffer.count == count)
    #expect(elements(of: buffer) == Array(repeating: 0, count: count))
  }

  @Test("copies an array", arguments: [[], [1], [1, -0.5, .infinity]] as [[Float]])
  func copy(values: [Float]) {
    #expect(elements(of: HostBuffer(values)) == values)
  }

  @Test("can be changed")
  func mutation() {
    let buffer = HostBuffer(zeros: 3)
    let old = buffer.withMutableElements { span in
      span[1] = 7
      return span[0]
    }
    #expect(old == 0)
    #expect(elements(of: buffer) == [0, 7, 0])
  }

  @Test("passes on what its body throws")
  func errors() {
    struct Refusal: Error, Equatable {}
    let buffer = HostBuffer(zeros: 1)
    #expect(throws: Refusal()) { try buffer.withElements { _ in throw Refusal() } }
    #expect(throws: Refusal()) { try buffer.withMutableElements { _ in throw Refusal() } }
  }

  /// Memory that says when it goes.
  private final class Owner {
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4)
    init() { _ = memory.initialize(from: [1, 2, 3, 4]) }
    deinit { memory.deallocate() }
  }

  @Test("borrows without a copy, and keeps the owner as long as it lives")
  func borrowing() {
    var owner: Owner? = Owner()
    weak let observed = owner
    var buffer: HostBuffer? = HostBuffer(
      borrowing: UnsafeRawBufferPointer(owner!.memory), of: .f32, owner: owner!)
    owner!.memory[2] = 30
    owner = nil
    #expect(observed != nil)
    #expect(elements(of: buffer!) == [1, 2, 30, 4])
    buffer = nil
    #expect(observed == nil)
  }

  @Test("borrows nothing from nowhere")
  func borrowingNothing() {
    let empty = UnsafeBufferPointer<Float>(start: nil, count: 0)
    let buffer = HostBuffer(
      borrowing: UnsafeRawBufferPointer(empty), of: .f32, owner: Owner())
    #expect(elements(of: buffer).isEmpty)
  }

  @Test("reads and writes a caller's memory, and leaves it there")
  func unowned() {
    // A page of its own, which could be unmapped by mistake.
    let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1 << 16)
    defer { page.deallocate() }
    let memory = UnsafeMutableBufferPointer(rebasing: page.bindMemory(to: Float.self)[..<3])
    _ = memory.update(from: [1, 2, 3])
    do {
      let input = HostBuffer(unowned: UnsafeRawBufferPointer(memory), of: .f32)
      #expect(elements(of: input) == [1, 2, 3])
      let result = HostBuffer(
        unownedResult: UnsafeMutableRawBufferPointer(memory), of: .f32)
      result.withMutableElements { $0[1] = 20 }
      #expect(elements(of: input) == [1, 20, 3])
      result.copyElements(of: HostBuffer([4, 5, 0.1], of: .f16))
      #expect(elements(of: input) == [4, 5, ElementType.f16.rounded(0.1)])
    }
    #expect(Array(memory) == [4, 5, ElementType.f16.rounded(0.1)])
  }

  @Test("does not let a caller's input be changed")
  func unownedInput() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1)
      let input = HostBuffer(unowned: UnsafeRawBufferPointer(memory), of: .f32)
      input.copyElements(of: HostBuffer([1]))
    }
    #expect(says(result?.standardErrorContent, "Borrowed memory is read-only"))
  }

  @Test("does not let borrowed memory be changed")
  func borrowedMutation() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let owner = Owner()
      let buffer = HostBuffer(
        borrowing: UnsafeRawBufferPointer(owner.memory), of: .f32, owner: owner)
      buffer.withMutableElements { $0[0] = 1 }
    }
    #expect(says(result?.standardErrorContent, "Borrowed memory is read-only"))
  }

  @Test("rounds to a type, to nearest and ties to even", arguments: [0, 1, 4095, 4096, 10_001])
  func conversion(count: Int) {
    let ties: [Float] = [1 + 0x1p-11, 1 + 0x3p-11, 1 + 0x1p-8, 1 + 0x3p-8, -0.0, 70_000, 1e-9]
    let values = (0..<count).map { ties[$0 % ties.count] * Float($0 / ties.count + 1) }
    let buffer = HostBuffer(values)
    #expect(buffer.converted(to: .f32) === buffer)
    for type in [ElementType.f16, .bf16] {
      let expected = values.map(type.rounded)
      let converted = buffer.converted(to: type)
      #expect(converted.elementType == type)
      #expect(converted.floats == expected)
      #expect(HostBuffer(values, of: type).floats == expected)
      #expect(converted.converted(to: .f32).floats == expected)
      #expect(converted.withBytes { $0.byteCount } == 2 * count)
      if count > 100 {
        #expect(
          converted.withFloats(in: 7..<99) { $0.withUnsafeBufferPointer(Array.init) }
            == Array(expected[7..<99]))
      }
    }
  }

  @Test("has no floats to change where it holds halves")
  func halves() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      HostBuffer(zeros: 3, of: .f16).withMutableElements { $0[0] = 1 }
    }
    #expect(says(result?.standardErrorContent, "Elements that are no floats"))
  }

  @Test("has no negative size")
  func negative() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = HostBuffer(zeros: -1)
    }
    #expect(says(result?.standardErrorContent, "Negative count"))
  }
}
