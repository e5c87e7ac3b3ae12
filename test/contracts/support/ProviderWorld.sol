// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityProvider} from "../../../contracts/EntityProvider.sol";
import {Shares} from "../../../contracts/Shares.sol";
import {Board, Member} from "../../../contracts/interfaces/IEntityProvider.sol";
import {Allotment} from "../../../contracts/interfaces/IShares.sol";
import {BlsHarness} from "../../../contracts/mocks/BlsHarness.sol";
import {EntityId} from "../../../contracts/types/Ids.sol";
import {Signing} from "./Signing.sol";
import {vm} from "./Vm.sol";

/// @title ProviderWorld
/// @notice An EntityProvider and six boards: four of one key each, one of two keys of three, and one of two BLS
/// keys. Entity 1 has control shares, of which Ann has 60 and Bob 40.
abstract contract ProviderWorld {
    uint256 internal constant BOARDS = 6;
    uint256 internal constant PAIR = 4;
    uint256 internal constant BLS = 5;
    uint256 internal constant NOBODY = type(uint256).max;
    uint64 internal constant BOARD_DELAY = 2 days;
    uint64 internal constant SHARES_DELAY = 5 days;
    uint64 internal constant GRACE = 14 days;

    bytes internal constant SIGNATURE_TAG = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
    bytes internal constant POSSESSION_TAG = "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

    EntityProvider internal provider;
    Shares internal shares;
    BlsHarness internal bls;
    EntityId internal company;
    address internal ann = address(0xa11);
    address internal bob = address(0xb0b);

    uint256[] internal keys = Signing.keys(31, 4);
    uint256[2] internal secrets;
    bytes[2] internal blsKeys;
    bytes[2] internal proofs;
    bytes32[2] internal keyIds;
    bytes32[BOARDS] internal hashes;

    function _createProvider() internal {
        vm.warp(1_800_000_000);
        provider = new EntityProvider();
        shares = Shares(provider.shares());
        _makeKeys();
        for (uint256 i; i < BLS; ++i) hashes[i] = Signing.boardHash(_board(i));
        hashes[BLS] = keccak256(abi.encode(uint8(2), uint64(2), uint256(2), _sumWords(), _root()));
        company = provider.register(_board(0));
        _issue();
    }

    function _issue() private {
        Allotment[] memory made = new Allotment[](2);
        made[0] = Allotment(ann, 60, 1);
        made[1] = Allotment(bob, 40, 1);
        vm.prank(vm.addr(keys[0]));
        shares.issue(company, SHARES_DELAY, made, uint64(block.timestamp), "");
    }

    // ─── BLS keys ───────────────────────────────────────────────────────────────────────────────

    /// @dev In the order of seats: ascending by id.
    function _makeKeys() private {
        bls = new BlsHarness();
        (secrets[0], secrets[1]) = (101, 202);
        if (keccak256(bls.keyOf(101)) > keccak256(bls.keyOf(202))) {
            (secrets[0], secrets[1]) = (202, 101);
        }
        for (uint256 i; i < 2; ++i) {
            blsKeys[i] = bls.keyOf(secrets[i]);
            keyIds[i] = keccak256(blsKeys[i]);
            proofs[i] = bls.sign(secrets[i], _compressed(blsKeys[i]), POSSESSION_TAG);
        }
    }

    /// @dev The 48 bytes of a key: x, and in its free bits which y.
    function _compressed(bytes memory key) private pure returns (bytes memory made) {
        bytes memory half =
            hex"0d0088f51cbff34d258dd3db21a5d66bb23ba5c279c2895fb39869507b587b12"
            hex"0f55ffff58a9ffffdcff7fffffffd555";
        made = new bytes(48);
        for (uint256 i; i < 48; ++i) made[i] = key[i];
        bool isLarger;
        for (uint256 i; i < 48; ++i) {
            if (key[48 + i] == half[i]) continue;
            isLarger = key[48 + i] > half[i];
            break;
        }
        made[0] |= isLarger ? bytes1(0xa0) : bytes1(0x80);
    }

    function _sumWords() private view returns (bytes32[3] memory words) {
        (words[0], words[1], words[2]) = abi.decode(_sum(), (bytes32, bytes32, bytes32));
    }

    function _sum() private view returns (bytes memory) {
        return bls.sum(blsKeys[0], blsKeys[1]);
    }

    function _root() private view returns (bytes32) {
        bytes32[2] memory leaves;
        for (uint256 i; i < 2; ++i) {
            leaves[i] = Signing.leaf(keccak256(abi.encodePacked(blsKeys[i], uint64(1))));
        }
        return Signing.node(leaves[0], leaves[1]);
    }

    function _members() internal view returns (bytes memory) {
        return abi.encodePacked(blsKeys[0], uint64(1), blsKeys[1], uint64(1));
    }

    // ─── Boards and their signatures ────────────────────────────────────────────────────────────

    /// @dev Of the listed ones.
    function _board(uint256 index) internal view returns (Board memory board) {
        bool isPair = index == PAIR;
        board = Board(isPair ? 2 : 1, new Member[](isPair ? 3 : 1));
        for (uint256 i; i < board.members.length; ++i) {
            board.members[i] = Signing.seat(vm.addr(keys[isPair ? i : index]), 1);
        }
    }

    /// @notice What the board signs as `entity`; in the cheapest form, or under a root.
    function _signAs(
        EntityId entity,
        uint256 board,
        bytes32 digest,
        bool underRoot
    ) internal view returns (bytes memory) {
        if (!underRoot) return _signPlain(entity, board, digest);
        bytes32[] memory path = new bytes32[](1);
        path[0] = keccak256("beside");
        bytes32 root = Signing.climb(digest, 1, path);
        bytes32 signed = Signing.rootDigest(provider.domainSeparator(), entity, root, false);
        return Signing.rootForm(root, false, 1, path, _signPlain(entity, board, signed));
    }

    function _signPlain(
        EntityId entity,
        uint256 board,
        bytes32 digest
    ) private view returns (bytes memory) {
        if (board < PAIR) return Signing.ecdsa(keys[board], digest);
        bytes32 wrapped = Signing.entityDigest(provider.domainSeparator(), entity, digest);
        if (board == BLS) return _signBls(wrapped);
        Board memory made = _board(PAIR);
        uint256[] memory three = new uint256[](3);
        for (uint256 i; i < 3; ++i) three[i] = keys[i];
        return Signing.boardForm(made, 5, Signing.ecdsaOf(three, 5, wrapped));
    }

    function _signBls(bytes32 wrapped) private view returns (bytes memory) {
        bytes memory message = abi.encodePacked(wrapped);
        bytes memory signature = bls.sign(secrets[0] + secrets[1], message, SIGNATURE_TAG);
        return
            abi.encodePacked(
                bytes1(0x02),
                uint64(2),
                uint64(2),
                _sum(),
                _root(),
                signature,
                uint16(0)
            );
    }

    // ─── Digests, written out from EIP-712 ──────────────────────────────────────────────────────

    function _replacement(EntityId e, bytes32 board, uint64 nonce) internal view returns (bytes32) {
        return
            _typed(
                "BoardReplacement(bytes32 entityId,bytes32 boardHash,uint64 nonce)",
                abi.encode(e, board, nonce)
            );
    }

    function _nameClaim(EntityId e, bytes32 name, uint64 nonce) internal view returns (bytes32) {
        return
            _typed(
                "NameClaim(bytes32 entityId,bytes32 name,uint64 nonce)",
                abi.encode(e, name, nonce)
            );
    }

    function _nameTransfer(
        EntityId e,
        bytes32 name,
        EntityId to,
        uint64 nonce
    ) internal view returns (bytes32) {
        return
            _typed(
                "NameTransfer(bytes32 entityId,bytes32 name,bytes32 to,uint64 nonce)",
                abi.encode(e, name, to, nonce)
            );
    }

    function _typed(bytes memory kind, bytes memory words) private view returns (bytes32) {
        bytes32 structHash = keccak256(bytes.concat(keccak256(kind), words));
        return keccak256(abi.encodePacked(hex"1901", provider.domainSeparator(), structHash));
    }

    function _id(uint256 number) internal pure returns (EntityId) {
        return EntityId.wrap(bytes32(number));
    }
}
