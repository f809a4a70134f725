//! Data on the wire: tags, HIP reports, the quarantine list, threat logs. Rare against mappings, so prost writes and
//! reads them.

use prost::Message as _;

use super::codec::{address, octets};
use super::names::Names;
use super::proto::{self, message::Body};
use super::{Message, node, number, route};
use crate::ids::{AddressId, LabelId, UserId};
use crate::mapping::{DataType, DataTypes, Datum, DatumKey};
use crate::units::Span;

/// The bytes of `data`, at most `per_message` in a message, and the number of messages: at least one.
pub(super) fn write(names: &Names, data: &[Datum], full: bool, per_message: u32) -> (Vec<u8>, u32) {
    let chunks = data.chunks(per_message.max(1) as usize);
    // No chunk at all still is a message.
    let empty = data.is_empty().then_some(data);
    let (mut bytes, mut messages) = (Vec::new(), 0);
    for chunk in chunks.chain(empty) {
        messages += 1;
        let data = chunk.iter().map(|datum| write_datum(names, datum)).collect();
        let message = proto::Message { body: Some(Body::Data(proto::Data { data, full })) };
        bytes.extend(message.encode_length_delimited_to_vec());
    }
    (bytes, messages)
}

fn write_datum(names: &Names, datum: &Datum) -> proto::Datum {
    let (mut address, mut user) = (Vec::new(), String::new());
    let label = match datum.key {
        DatumKey::IpTag(of, label) => {
            address = octets(names.address(of));
            label
        }
        DatumKey::UserTag(of, label) => {
            names.user(of).clone_into(&mut user);
            label
        }
        DatumKey::Hip(label) | DatumKey::Quarantine(label) => label,
    };
    proto::Datum {
        r#type: type_number(datum.key.data_type()),
        address,
        user,
        label: names.labels[label.index()].clone(),
        removed: datum.removed,
        time_left: datum.time_left.map_or(0, |left| left.nanos().saturating_add(1)),
        persistent: datum.persistent,
        timestamp: datum.timestamp,
        source: number(datum.source),
        sequence: datum.sequence,
        origin: number(datum.origin),
        route: datum.route.nodes().iter().map(|node| number(*node)).collect(),
    }
}

/// What a message of data says.
///
/// Errors: what it does not hold, as a sentence.
pub(super) fn read(names: &Names, from: &proto::Data) -> Result<Message, String> {
    let data = from.data.iter().map(|datum| read_datum(names, datum)).collect::<Result<_, _>>()?;
    Ok(Message::Data { full: from.full, data })
}

fn read_datum(names: &Names, from: &proto::Datum) -> Result<Datum, String> {
    let label = names.labels.iter().position(|known| *known == from.label);
    let label = LabelId::new(label.ok_or_else(|| format!("unknown label {:?}", from.label))?);
    let key = match data_type(from.r#type)? {
        DataType::Hip => DatumKey::Hip(label),
        DataType::IpTag => DatumKey::IpTag(read_address(names, &from.address)?, label),
        DataType::IpUser => return Err("a mapping among other data".to_owned()),
        DataType::Quarantine => DatumKey::Quarantine(label),
        DataType::UserTag => {
            let user = read_user(names, &from.user)?.ok_or("a user's tag without a user")?;
            DatumKey::UserTag(user, label)
        }
    };
    Ok(Datum {
        key,
        removed: from.removed,
        time_left: from.time_left.checked_sub(1).map(Span::from_nanos),
        persistent: from.persistent,
        timestamp: from.timestamp,
        source: node(from.source)?,
        sequence: from.sequence,
        origin: node(from.origin)?,
        route: route(&from.route)?,
    })
}

pub(super) fn read_address(names: &Names, octets: &[u8]) -> Result<AddressId, String> {
    let address = address(octets)?;
    names.address_id(address).ok_or_else(|| format!("unknown address {address}"))
}

pub(super) fn read_user(names: &Names, user: &str) -> Result<Option<UserId>, String> {
    if user.is_empty() {
        return Ok(None);
    }
    names.user_id(user.as_bytes()).map(Some).ok_or_else(|| format!("unknown user {user:?}"))
}

/// The types that a client wants, as a message.
pub(super) fn write_types(types: DataTypes) -> proto::SetTypes {
    proto::SetTypes { types: types.iter().map(type_number).collect() }
}

/// The types that a message names.
///
/// Errors: a number that stands for none.
pub(super) fn read_types(from: &proto::SetTypes) -> Result<Message, String> {
    let types: Vec<DataType> =
        from.types.iter().map(|number| data_type(*number)).collect::<Result<_, _>>()?;
    Ok(Message::SetTypes(DataTypes::of(&types)))
}

/// A threat that was logged, as a message.
pub(super) fn write_threat(
    names: &Names,
    number: u64,
    address: AddressId,
    user: Option<UserId>,
) -> proto::Threat {
    let user = user.map_or_else(String::new, |user| names.user(user).to_owned());
    proto::Threat { number, address: octets(names.address(address)), user }
}

/// The threat that a message tells of.
///
/// Errors: an address or a user that nobody has.
pub(super) fn read_threat(names: &Names, from: &proto::Threat) -> Result<Message, String> {
    let (address, user) = (read_address(names, &from.address)?, read_user(names, &from.user)?);
    Ok(Message::Threat { number: from.number, address, user })
}

fn type_number(one: DataType) -> u32 {
    match one {
        DataType::IpUser => 1,
        DataType::IpTag => 2,
        DataType::UserTag => 3,
        DataType::Hip => 4,
        DataType::Quarantine => 5,
    }
}

fn data_type(number: u32) -> Result<DataType, String> {
    let found = DataType::ALL.into_iter().find(|one| type_number(*one) == number);
    found.ok_or_else(|| format!("unknown data type {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use crate::mapping::Route;
    use crate::wire::Codec;

    #[test]
    fn data_come_back_as_they_were_in_messages_of_the_asked_size() {
        let addresses = ["10.0.0.1", "2001:db8::1"].map(|a| a.parse().expect("legal"));
        let labels = ["bad".to_owned(), "laptop-7".to_owned()];
        let codec = Codec::with_labels(&addresses, &["corp\\alice".to_owned()], &labels);
        let label = |n| LabelId::new(n);
        let datum = |key, removed, time_left| Datum {
            key,
            removed,
            time_left,
            persistent: !removed,
            timestamp: -7,
            source: NodeId::new(2),
            sequence: 9,
            origin: NodeId::new(0),
            route: Route::new().with(NodeId::new(4)).expect("room"),
        };
        let sent = [
            datum(DatumKey::IpTag(AddressId::new(1), label(0)), false, Some(Span::ZERO)),
            datum(DatumKey::UserTag(UserId::new(0), label(0)), true, None),
            datum(DatumKey::Hip(label(1)), false, Some(Span::from_seconds(60))),
            datum(DatumKey::Quarantine(label(1)), false, None),
        ];
        let frame = codec.data(&sent, true, 3);
        assert_eq!((frame.messages(), frame.mappings()), (2, 4));
        let read: Vec<Datum> = frame
            .memo()
            .messages
            .iter()
            .flat_map(|message| match message {
                Message::Data { full: true, data } => data.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(read, sent);
        for message in [
            Message::SetTypes(DataTypes::of(&[DataType::Hip, DataType::IpTag])),
            Message::Threat { number: 3, address: AddressId::new(0), user: None },
            Message::Threat { number: 0, address: AddressId::new(1), user: Some(UserId::new(0)) },
        ] {
            assert_eq!(codec.control(&message).memo().messages, [message]);
        }
    }

    #[test]
    fn bytes_from_outside_that_name_nobody_are_refused() {
        let codec = Codec::with_labels(&[], &[], &["bad".to_owned()]);
        let datum =
            |r#type, label: &str| proto::Datum { r#type, label: label.to_owned(), ..proto::Datum::default() };
        for datum in [datum(2, "bad"), datum(3, "bad"), datum(1, "bad"), datum(9, "bad"), datum(4, "worse")] {
            let body = Body::Data(proto::Data { data: vec![datum.clone()], full: false });
            let bytes = proto::Message { body: Some(body) }.encode_length_delimited_to_vec();
            assert!(codec.decode(&bytes.into()).is_err(), "{datum:?}");
        }
    }
}
