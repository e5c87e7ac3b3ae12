// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityProvider} from "../../contracts/EntityProvider.sol";
import {
    Board,
    IEntityProvider,
    Member,
    MemberKind
} from "../../contracts/interfaces/IEntityProvider.sol";
import {Mood, MoodyMember} from "../../contracts/mocks/MoodyMember.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice Contracts as members of boards: what they answer counts for actions, never for evidence.
contract EntityProviderMembersTest {
    EntityProvider private provider = new EntityProvider();
    uint256 private key = Signing.keys(1, 1)[0];

    function test_aContract_signsForActions_andNeverForProofs() public {
        (EntityId entity, bytes memory signature) = _alone(Mood.Yes);
        assert(provider.isValidEntitySignature(entity, "digest", signature));
        assert(!_isProof(entity, signature));
    }

    function test_aContract_isNoEvidence_atAnyDepth() public {
        (EntityId inner, bytes memory own) = _alone(Mood.Yes);
        Board memory board = _board(MemberKind.Entity, EntityId.unwrap(inner));
        EntityId entity = Signing.lazyId(board);
        bytes[] memory slots = new bytes[](1);
        slots[0] = own;
        bytes memory signature = Signing.boardForm(board, 1, slots);
        assert(provider.isValidEntitySignature(entity, "digest", signature));
        assert(!_isProof(entity, signature));
    }

    /// @dev Shown beside a key that decides alone, it still makes the whole no evidence.
    function test_aContract_isNoEvidence_besideAKeyThatSuffices() public {
        Board memory board = _mixed(Mood.Yes, 1);
        EntityId entity = Signing.lazyId(board);
        bytes memory both = _signMixed(board, 3);
        assert(provider.isValidEntitySignature(entity, "digest", both));
        assert(!_isProof(entity, both));
        uint256 keyBit = board.members[0].kind == MemberKind.Address ? 1 : 2;
        assert(_isProof(entity, _signMixed(board, keyBit)));
    }

    function test_aContract_thatSaysNo_spoilsWhatIsShownWithIt() public {
        Board memory board = _mixed(Mood.No, 1);
        assert(
            !provider.isValidEntitySignature(Signing.lazyId(board), "digest", _signMixed(board, 3))
        );
    }

    function test_aContract_countsOnlyByAPlainYes() public {
        for (uint8 mood; mood <= uint8(type(Mood).max); ++mood) {
            (EntityId entity, bytes memory signature) = _alone(Mood(mood));
            bool isYes =
                Mood(mood) == Mood.Yes ||
                    Mood(mood) == Mood.YesAndMore ||
                    Mood(mood) == Mood.Flood ||
                    Mood(mood) == Mood.SpendJustEnough;
            assert(provider.isValidEntitySignature(entity, "digest", signature) == isYes);
        }
    }

    function test_aContract_thatFlips_isAskedEachTime() public {
        MoodyMember member = new MoodyMember(Mood.Yes);
        (EntityId entity, bytes memory signature) = _of(address(member));
        assert(provider.isValidEntitySignature(entity, "digest", signature));
        member.setMood(Mood.No);
        assert(!provider.isValidEntitySignature(entity, "digest", signature));
    }

    /// @dev EIP-7702: an account with a key has code today and none, or other code, tomorrow.
    function test_anAccountWithDelegatedCode_signsByItsKey_forProofsToo() public {
        address account = vm.addr(key);
        EntityId byKey = provider.soleEntity(account);
        bytes memory signature = Signing.ecdsa(key, "digest");
        vm.etch(account, address(new MoodyMember(Mood.Revert)).code);
        assert(provider.isValidEntitySignature(byKey, "digest", signature));
        assert(_isProof(byKey, signature));
    }

    /// @dev Whatever it delegates to, one after the other, and when it takes that back.
    function test_anAccount_thatFlipsItsDelegation_signsTheSameEachTime() public {
        address account = vm.addr(key);
        EntityId byKey = provider.soleEntity(account);
        bytes memory signature = Signing.ecdsa(key, "digest");
        bytes memory foreign = Signing.ecdsa(key + 1, "digest");
        bytes[4] memory codes = [
            address(new MoodyMember(Mood.Yes)).code,
            abi.encodePacked(hex"ef0100", address(new MoodyMember(Mood.No))),
            address(new MoodyMember(Mood.EatGas)).code,
            bytes("")
        ];
        for (uint256 i; i < 4; ++i) {
            vm.etch(account, codes[i]);
            assert(provider.isValidEntitySignature(byKey, "digest", signature));
            assert(!provider.isValidEntitySignature(byKey, "digest", foreign));
            assert(_isProof(byKey, signature) && !_isProof(byKey, foreign));
        }
    }

    function test_anAccountWithDelegatedCode_sittingAsAContract_isNoEvidence_byItsKeyEither()
        public
    {
        address account = vm.addr(key);
        (EntityId entity, ) = _of(account);
        bytes[] memory slots = new bytes[](1);
        bytes32 wrapped = Signing.entityDigest(provider.domainSeparator(), entity, "digest");
        slots[0] = Signing.ecdsa(key, wrapped);
        bytes memory signature = Signing.boardForm(
            _board(MemberKind.Contract, bytes32(uint256(uint160(account)))),
            1,
            slots
        );
        assert(!provider.isValidEntitySignature(entity, "digest", signature));
        // Mood.Yes is 0, what storage says of any account.
        vm.etch(account, address(new MoodyMember(Mood.Yes)).code);
        assert(provider.isValidEntitySignature(entity, "digest", signature));
        assert(!_isProof(entity, signature));
    }

    /// @dev With too little gas the call reverts: it never says that a contract has not signed.
    function testFuzz_aContract_isGrantedItsGas_orTheCallReverts(uint256 gas_) public {
        (EntityId entity, bytes memory signature) = _alone(Mood.SpendJustEnough);
        bytes memory question = abi.encodeCall(
            IEntityProvider.isValidEntitySignature,
            (entity, "digest", signature)
        );
        (bool ok, bytes memory answer) = address(provider).staticcall{
            gas: 10_000 + (gas_ % 150_000)
        }(question);
        assert(!ok || abi.decode(answer, (bool)));
    }

    /// @dev What 29 contracts burn, the Depository's grant of 3 million pays for.
    function test_contractsThatEatTheirGas_costTheirGrantAtMost() public {
        MoodyMember eater = new MoodyMember(Mood.EatGas);
        (EntityId entity, bytes memory signature) = _of(address(eater));
        uint256 before = gasleft();
        assert(!provider.isValidEntitySignature(entity, "digest", signature));
        assert(before - gasleft() < 125_000);
    }

    function test_aBoardOfOneContract_signsUnderARoot_unanimously() public {
        address member = address(new MoodyMember(Mood.Yes));
        (EntityId entity, bytes memory inner) = _of(member);
        bytes32 root = Signing.climb("digest", 0, new bytes32[](0));
        bytes memory signature = Signing.rootForm(root, true, 0, new bytes32[](0), inner);
        assert(provider.isValidEntitySignature(entity, "digest", signature));
        assert(!_isProof(entity, signature));
    }

    function _alone(Mood mood) private returns (EntityId, bytes memory) {
        return _of(address(new MoodyMember(mood)));
    }

    function _of(address member) private pure returns (EntityId, bytes memory) {
        Board memory board = _board(MemberKind.Contract, bytes32(uint256(uint160(member))));
        return (Signing.lazyId(board), Signing.boardForm(board, 1, new bytes[](1)));
    }

    function _board(MemberKind kind, bytes32 id) private pure returns (Board memory board) {
        board = Board(1, new Member[](1));
        board.members[0] = Member(kind, id, 1);
    }

    /// @dev A key and a contract, in the order of their ids.
    function _mixed(Mood mood, uint64 threshold) private returns (Board memory board) {
        bytes32 member = bytes32(uint256(uint160(address(new MoodyMember(mood)))));
        bytes32 own = bytes32(uint256(uint160(vm.addr(key))));
        board = Board(threshold, new Member[](2));
        uint256 place = member > own ? 1 : 0;
        board.members[place] = Member(MemberKind.Contract, member, 1);
        board.members[1 - place] = Member(MemberKind.Address, own, 1);
    }

    function _signMixed(Board memory board, uint256 bitmap) private view returns (bytes memory) {
        EntityId entity = Signing.lazyId(board);
        bytes32 wrapped = Signing.entityDigest(provider.domainSeparator(), entity, "digest");
        bytes[] memory slots = new bytes[](bitmap == 3 ? 2 : 1);
        uint256 used;
        for (uint256 i; i < 2; ++i) {
            if ((bitmap >> i) & 1 == 0) continue;
            bool isKey = board.members[i].kind == MemberKind.Address;
            slots[used++] = isKey ? Signing.ecdsa(key, wrapped) : bytes("whatever");
        }
        return Signing.boardForm(board, bitmap, slots);
    }

    function _isProof(EntityId entity, bytes memory signature) private view returns (bool valid) {
        (valid, ) = provider.isValidProofSignature(entity, "digest", signature);
    }
}
