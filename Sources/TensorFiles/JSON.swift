#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Foundation's JSON decoder, with this module's bytes and errors.
enum JSON {
  /// Decodes an object.
  ///
  /// - Throws: `invalidHeader` with the decoder's reason and the place.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from text: TensorBytes
  ) throws(TensorFileError) -> Value {
    let data = text.withUnsafeBytes { unsafe Data($0) }
    // An object and nothing else: the decoder would skip spaces and guess at UTF-16.
    guard data.first == UInt8(ascii: "{") else {
      throw .invalidHeader(reason: "it is not a JSON object")
    }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw .invalidHeader(reason: reason(error))
    } catch {
      throw .invalidHeader(reason: "\(error)")
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    let (context, missing): (DecodingError.Context, String?) =
      switch error {
      case .keyNotFound(let key, let context): (context, key.stringValue)
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .dataCorrupted(let context):
        (context, nil)
      @unknown default: (.init(codingPath: [], debugDescription: "\(error)"), nil)
      }
    let place = context.codingPath.map {
      $0.intValue.map { "[\($0)]" } ?? "'\($0.stringValue)'"
    }.joined(separator: " ")
    var text = missing.map { "the key '\($0)' is missing" } ?? context.debugDescription
    if text.hasSuffix(".") { text.removeLast() }
    return place.isEmpty ? text : "at \(place), \(text)"
  }
}
