// A libFuzzer harness, built by Scripts/fuzz.sh in one module with the readers.
//
// TENSOR_FORMAT names the reader. Every tensor of a file that opens is listed and read to the last
// byte, so that AddressSanitizer sees what lies outside the file.

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

private let format: TensorFile.Format = {
  guard let name = unsafe getenv("TENSOR_FORMAT"),
    let format = unsafe TensorFile.Format(rawValue: String(cString: name))
  else { fatalError("TENSOR_FORMAT is not safetensors, npz or npy") }
  return format
}()

/// Runs one input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  // Chance never meets a CRC-32: each wrong one is put right in the input, and the member is read
  // again. The directory is the last place where it stands.
  for _ in 0..<8 {
    guard let (expected, actual) = run(input), let place = lastPlace(of: expected, in: input)
    else { break }
    unsafe withUnsafeBytes(of: actual.littleEndian) { bytes in
      for index in 0..<4 { unsafe input[place + index] = bytes[index] }
    }
  }
  return 0
}

/// Reads everything; gives the checksums, if a wrong one stopped it.
private func run(_ input: [UInt8]) -> (expected: UInt32, actual: UInt32)? {
  var wrong: (UInt32, UInt32)?
  do throws(TensorFileError) {
    // A copy of the exact size, so that a read beyond it is seen.
    let bytes = try unsafe TensorBytes(byteCount: input.count) { buffer in
      unsafe buffer.copyBytes(from: input)
    }
    let file = try TensorFile(bytes, format: format)
    precondition(file.metadata.count <= input.count, "More metadata than bytes")
    for name in file.names {
      do throws(TensorFileError) {
        let layout = try file.layout(named: name)
        let tensor = try file.tensor(named: name)
        precondition(layout.shape == tensor.shape, "Two shapes")
        precondition(
          tensor.shape.reduce(tensor.element.byteCount, *) == tensor.bytes.count, "Wrong size")
        sink &+= tensor.bytes.withUnsafeBytes { unsafe $0.reduce(0) { $0 &+ Int($1) } }
      } catch .wrongChecksum(_, let expected, let actual) {
        wrong = (expected, actual)
      } catch {
        sink &+= error.description.utf8.count
      }
    }
  } catch {
    sink &+= error.description.utf8.count
  }
  return wrong
}

private func lastPlace(of value: UInt32, in input: [UInt8]) -> Int? {
  guard input.count >= 4 else { return nil }
  return (0...input.count - 4).last { place in
    input.withUnsafeBytes {
      unsafe UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt32.self)) == value
    }
  }
}

/// Keeps the compiler from leaving out the reads.
nonisolated(unsafe) private var sink = 0
