/// A machine's HBM: the tensors that a program's transfers go to and come from.
///
/// Made by ``Machine/makeMemory()``. Its contents are the host's alone: a program sees matrices,
/// which are handles like device pointers, and can only load from them and store to them.
public final class HBM {
  /// A tensor's place and name.
  struct Record {
    let allocation: TensorAllocation
    let buffer: HostBuffer?
    var name: String { allocation.name }
    var elementType: ElementType { allocation.elementType }
  }

  /// Whether tensors have contents, or sizes alone.
  let executes: Bool
  private(set) var records: [Record] = []
  /// Memory for tensors that are not there yet, by name.
  private var provided: [String: HostBuffer] = [:]

  init(executes: Bool) { self.executes = executes }

  /// What has been allocated and placed, in this order: all of it is kept, for nothing is ever freed.
  public var allocations: [TensorAllocation] { records.map(\.allocation) }

  /// Provides the memory of a tensor that a program will allocate: the next one of this name, if it
  /// has as many elements of the same type. A result comes to lie where the host wants it, uncopied.
  ///
  /// - Precondition: The buffer is not read-only.
  @_spi(Host)
  public func provide(_ buffer: HostBuffer, for name: String) {
    precondition(!buffer.isReadOnly, "Borrowed memory is read-only")
    provided[name] = buffer
  }

  private func takeProvided(_ name: String, count: Int, type: ElementType) -> HostBuffer? {
    guard let buffer = provided[name], buffer.count == count, buffer.elementType == type else {
      return nil
    }
    provided[name] = nil
    return buffer
  }

  /// A new tensor of `matrices` matrices, whose contents are undefined: NaN in checked builds,
  /// or true.
  public func allocate<Rows: Axis, Columns: Axis>(
    _ name: String, matrices: Int, rows: Int, columns: Int, type: ElementType = .f32
  ) -> HBMTensor<Rows, Columns> {
    let count = matrices * rows * columns
    let buffer =
      executes
      ? takeProvided(name, count: count, type: type) ?? HostBuffer(undefined: count, of: type)
      : nil
    #if CHECKED
      // All ones are NaN in every type of numbers.
      buffer?.base.initializeMemory(as: UInt8.self, repeating: 0xFF, count: count * type.size)
    #endif
    return adopt(name, buffer, matrices: matrices, rows: rows, columns: columns, type: type)
  }

  /// A new tensor of `matrices` vectors, whose contents are undefined: NaN in checked builds.
  public func allocate<Elements: Axis>(
    _ name: String, vectors: Int, count: Int
  ) -> HBMTensor<Elements, One> {
    allocate(name, matrices: vectors, rows: count, columns: 1)
  }

  /// A tensor whose contents are the host's: nothing is copied, and programs may not store to it.
  ///
  /// - Precondition: `contents` has matrices · rows · columns elements.
  public func place<Rows: Axis, Columns: Axis>(
    _ name: String, _ contents: HostBuffer, matrices: Int, rows: Int, columns: Int
  ) -> HBMTensor<Rows, Columns> {
    precondition(contents.count == matrices * rows * columns, "Shape mismatch")
    return adopt(
      name, executes ? contents : nil, matrices: matrices, rows: rows, columns: columns,
      type: contents.elementType, isReadOnly: true)
  }

  /// A tensor that is there in name and size alone, for programs that are counted and not executed.
  ///
  /// - Precondition: The machine's mode is `count`.
  public func placeholder<Rows: Axis, Columns: Axis>(
    _ name: String, matrices: Int, rows: Int, columns: Int, type: ElementType = .f32
  ) -> HBMTensor<Rows, Columns> {
    precondition(!executes, "A placeholder has no contents to execute with")
    return adopt(
      name, nil, matrices: matrices, rows: rows, columns: columns, type: type, isReadOnly: true)
  }

  /// The contents of a tensor, or nil where the machine only counts.
  @_spi(Host)
  public func contents<Rows: Axis, Columns: Axis>(
    of tensor: HBMTensor<Rows, Columns>
  ) -> HostBuffer? {
    records[tensor.slot].buffer
  }

  private func adopt<Rows: Axis, Columns: Axis>(
    _ name: String, _ buffer: HostBuffer?, matrices: Int, rows: Int, columns: Int,
    type: ElementType, isReadOnly: Bool = false
  ) -> HBMTensor<Rows, Columns> {
    precondition(matrices > 0 && rows > 0 && columns > 0, "Empty tensor")
    let allocation = TensorAllocation(
      name: name, elementType: type, elements: matrices * rows * columns)
    records.append(Record(allocation: allocation, buffer: buffer))
    return HBMTensor(
      matrices: matrices, rows: rows, columns: columns, slot: records.count - 1,
      base: buffer?.base, elementType: type, isReadOnly: isReadOnly)
  }
}
