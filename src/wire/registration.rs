//! Registrations: a tag that an XML API client registers, as the `uid-message` document that it posts.
//!
//! Knows tags and their documents. HIP reports and the quarantine list have no such document.

use prost::Message as _;

use super::data::read_user;
use super::names::Names;
use super::proto::{self, message::Body};
use super::{Message, node, number};
use crate::formats::{Entry, Tag, read_uid_message, write_uid_message};
use crate::ids::LabelId;
use crate::mapping::{Datum, DatumKey, Route};
use crate::units::Span;

/// The bytes of a message with the document that registers `datum`; `None` where there is no such document.
pub(super) fn write(names: &Names, datum: &Datum) -> Option<Vec<u8>> {
    let seconds = |left: Span| u32::try_from(left.nanos() / 1_000_000_000).unwrap_or(u32::MAX);
    let tags = |label: LabelId| {
        let name = names.labels[label.index()].clone();
        vec![Tag { name, timeout_seconds: datum.time_left.map(seconds) }]
    };
    let persistent = Some(datum.persistent);
    let entry = match (datum.key, datum.removed) {
        (DatumKey::Hip(_) | DatumKey::Quarantine(_), _) => return None,
        (DatumKey::IpTag(address, label), false) => {
            Entry::Register { address: names.address(address), persistent, tags: tags(label) }
        }
        (DatumKey::IpTag(address, label), true) => {
            Entry::Unregister { address: names.address(address), tags: tags(label) }
        }
        (DatumKey::UserTag(user, label), false) => {
            Entry::RegisterUser { user: names.user(user).to_owned(), tags: tags(label) }
        }
        (DatumKey::UserTag(user, label), true) => {
            Entry::UnregisterUser { user: names.user(user).to_owned(), tags: tags(label) }
        }
    };
    let registration = proto::Registration {
        document: write_uid_message(&[entry]).into_bytes(),
        source: number(datum.source),
        sequence: datum.sequence,
        timestamp: datum.timestamp,
    };
    let message = proto::Message { body: Some(Body::Registration(registration)) };
    Some(message.encode_length_delimited_to_vec())
}

/// What a client registers: one datum, as it comes from the client.
///
/// Errors: what the document does not hold, as a sentence.
pub(super) fn read(names: &Names, from: &proto::Registration) -> Result<Message, String> {
    let text = std::str::from_utf8(&from.document).map_err(|error| error.to_string())?;
    let document = read_uid_message(text).map_err(|fault| fault.fact)?;
    let [entry] = document.entries.as_slice() else {
        return Err(format!("a registration of {} entries", document.entries.len()));
    };
    let label = |tags: &[Tag]| match tags {
        [tag] => {
            let position = names.labels.iter().position(|known| *known == tag.name);
            let label = position.ok_or_else(|| format!("unknown tag {:?}", tag.name))?;
            Ok((LabelId::new(label), tag.timeout_seconds.filter(|seconds| *seconds > 0)))
        }
        _ => Err(format!("a registration of {} tags", tags.len())),
    };
    let address = |ip| names.address_id(ip).ok_or_else(|| format!("unknown address {ip}"));
    let user = |name: &str| read_user(names, name)?.ok_or_else(|| "a tag of nobody".to_owned());
    let (key, removed, seconds, persistent) = match entry {
        Entry::Register { address: ip, persistent, tags } => {
            let (label, seconds) = label(tags)?;
            (DatumKey::IpTag(address(*ip)?, label), false, seconds, persistent.unwrap_or(false))
        }
        Entry::Unregister { address: ip, tags } => {
            (DatumKey::IpTag(address(*ip)?, label(tags)?.0), true, None, false)
        }
        Entry::RegisterUser { user: name, tags } => {
            let (label, seconds) = label(tags)?;
            (DatumKey::UserTag(user(name)?, label), false, seconds, false)
        }
        Entry::UnregisterUser { user: name, tags } => {
            (DatumKey::UserTag(user(name)?, label(tags)?.0), true, None, false)
        }
        _ => return Err("a document that registers no tag".to_owned()),
    };
    let source = node(from.source)?;
    let datum = Datum {
        key,
        removed,
        time_left: seconds.map(|seconds| Span::from_seconds(u64::from(seconds))),
        persistent,
        timestamp: from.timestamp,
        source,
        sequence: from.sequence,
        origin: source,
        route: Route::new(),
    };
    Ok(Message::Data { full: false, data: vec![datum] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AddressId, NodeId, UserId};
    use crate::wire::Codec;

    fn datum(key: DatumKey, removed: bool, seconds: Option<u64>) -> Datum {
        Datum {
            key,
            removed,
            time_left: seconds.map(Span::from_seconds),
            persistent: matches!(key, DatumKey::IpTag(..)) && !removed,
            timestamp: 5,
            source: NodeId::new(3),
            sequence: 8,
            origin: NodeId::new(3),
            route: Route::new(),
        }
    }

    #[test]
    fn a_tag_is_posted_as_a_document_and_read_back() {
        let codec = Codec::with_labels(
            &["10.0.0.1".parse().expect("legal")],
            &["corp\\a".to_owned()],
            &["<bad>".to_owned()],
        );
        let tag = LabelId::new(0);
        let (address, user) =
            (DatumKey::IpTag(AddressId::new(0), tag), DatumKey::UserTag(UserId::new(0), tag));
        for sent in [
            datum(address, false, Some(60)),
            datum(address, true, None),
            datum(user, false, None),
            datum(user, true, None),
            datum(DatumKey::Quarantine(tag), false, None),
        ] {
            let frame = codec.registration(&sent);
            assert_eq!(frame.memo().messages, [Message::Data { full: false, data: vec![sent] }]);
        }
        let bytes = codec.registration(&datum(address, false, Some(60))).bytes().to_vec();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("<register><entry ip=\"10.0.0.1\""), "{text}");
    }

    #[test]
    fn a_document_that_registers_nothing_known_is_refused() {
        let codec = Codec::with_labels(&[], &[], &["bad".to_owned()]);
        for document in ["", "<uid-message/>", "no XML"] {
            let document = document.as_bytes().to_vec();
            let registration = proto::Registration { document, source: 1, sequence: 0, timestamp: 0 };
            let message = proto::Message { body: Some(Body::Registration(registration)) };
            assert!(codec.decode(&message.encode_length_delimited_to_vec().into()).is_err());
        }
    }
}
