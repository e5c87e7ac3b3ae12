// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Depository} from "../../../contracts/Depository.sol";
import {EntityProvider} from "../../../contracts/EntityProvider.sol";
import {SubcontractProvider} from "../../../contracts/SubcontractProvider.sol";
import {
    Allowance,
    Clause,
    DisputeCounter,
    DisputeFinalise,
    DisputeStart,
    Forgiveness,
    Proof,
    ProofBody,
    Settlement,
    TokenDiff
} from "../../../contracts/interfaces/IDepository.sol";
import {FeeToken} from "../../../contracts/mocks/FeeToken.sol";
import {GasEaterToken} from "../../../contracts/mocks/GasEaterToken.sol";
import {NoReturnToken} from "../../../contracts/mocks/NoReturnToken.sol";
import {ReentrantToken} from "../../../contracts/mocks/ReentrantToken.sol";
import {ReturnBombToken} from "../../../contracts/mocks/ReturnBombToken.sol";
import {RevertingToken} from "../../../contracts/mocks/RevertingToken.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {TollToken} from "../../../contracts/mocks/TollToken.sol";
import {EntityId, TokenId} from "../../../contracts/types/Ids.sol";
import {Packed, Payment} from "../../../contracts/mocks/Packed.sol";
import {Swap} from "../../../contracts/types/Subcontracts.sol";
import {DepositoryDigests} from "./DepositoryDigests.sol";
import {Dice} from "./Dice.sol";
import {Signing} from "./Signing.sol";
import {vm} from "./Vm.sol";
import {Owed, Standing, Watcher} from "./Watcher.sol";

/// @notice Somebody with one key, and the lazy entity whose board is that key.
struct Member {
    uint256 key;
    address wallet;
    EntityId id;
}

/// @notice A channel: two members in the order of their ids.
struct Sides {
    Member left;
    Member right;
}

/// @title InvariantWorld
/// @notice A small world for {DepositoryHandler}: three entities with a channel between every two, ether and
/// eight tokens of which six are hostile, amounts of a few units; and every item of a batch, by the throw of dice.
abstract contract InvariantWorld {
    uint256 internal constant MEMBERS = 3;
    uint256 internal constant SECRETS = 6;
    uint256 private constant _CLAUSE_GAS = 100_000;

    Depository public depository;
    SubcontractProvider public subcontract;
    Watcher public watcher;
    EntityProvider internal provider;

    /// @dev In the order of their ids.
    Member[] internal members;
    /// @dev Ether first.
    TokenId[] internal tokens;
    RevertingToken internal reverting;
    TollToken internal toll;
    GasEaterToken internal eater;
    ReturnBombToken internal bomb;
    ReentrantToken internal reentrant;

    mapping(bytes32 bodyHash => bytes) private _bodies;

    constructor() {
        vm.warp(1_800_000_000);
        provider = new EntityProvider();
        subcontract = new SubcontractProvider();
        depository = new Depository(address(provider), address(subcontract));
        watcher = new Watcher();
        uint256[] memory keys = _sortedKeys();
        for (uint256 i; i < MEMBERS; ++i) members.push(_member(keys[i]));
        _createTokens();
    }

    function _createTokens() private {
        tokens.push(TokenId.wrap(0));
        _addToken(new TestToken("Test", "TEST"));
        _addToken(new NoReturnToken());
        _addToken(new FeeToken());
        _addToken(reverting = new RevertingToken());
        _addToken(toll = new TollToken());
        _addToken(eater = new GasEaterToken());
        _addToken(bomb = new ReturnBombToken());
        _addToken(reentrant = new ReentrantToken());
        FeeToken(address(_contractOf(tokens[3]))).setFee(20);
    }

    function _addToken(TestToken made) private {
        made.approve(address(depository), type(uint256).max);
        tokens.push(TokenId.wrap(bytes32((uint256(1) << 248) | uint160(address(made)))));
    }

    function _member(uint256 key) private pure returns (Member memory) {
        address wallet = vm.addr(key);
        return Member(key, wallet, Signing.lazyId(Signing.board(_one(key), 1)));
    }

    /// @dev Keys whose entities ascend.
    function _sortedKeys() private pure returns (uint256[] memory keys) {
        keys = new uint256[](MEMBERS);
        for (uint256 i; i < MEMBERS; ++i) {
            uint256 place = i;
            Member memory made = _member(21 + i);
            for (; place > 0 && made.id < _member(keys[place - 1]).id; --place) {
                keys[place] = keys[place - 1];
            }
            keys[place] = made.key;
        }
    }

    function _one(uint256 value) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = value;
    }

    // ─── Choices ────────────────────────────────────────────────────────────────────────────────

    function _anyMember(Dice memory dice) internal view returns (Member memory) {
        return members[dice.roll(MEMBERS)];
    }

    function _anySides(Dice memory dice) internal view returns (Sides memory) {
        uint256 a = dice.roll(MEMBERS);
        uint256 b = (a + 1 + dice.roll(MEMBERS - 1)) % MEMBERS;
        return a < b ? Sides(members[a], members[b]) : Sides(members[b], members[a]);
    }

    /// @dev A channel in dispute, if there is one.
    function _anyDisputed(Dice memory dice) internal view returns (Sides memory sides) {
        for (uint256 i; i < 8; ++i) {
            sides = _anySides(dice);
            if (_standing(sides).deadline != 0) return sides;
        }
    }

    /// @dev A channel of which one side owes the other, if there is one.
    function _anyIndebted(Dice memory dice) internal view returns (Sides memory sides) {
        for (uint256 i; i < 8; ++i) {
            sides = _anySides(dice);
            if (_anyForgiveness(sides, tokens[1]).length != 0) return sides;
        }
    }

    /// @dev Most often the one well-behaved token, so that much happens in it.
    function _anyToken(Dice memory dice) internal view returns (TokenId) {
        return dice.oneIn(3) ? tokens[dice.roll(tokens.length)] : tokens[1];
    }

    /// @dev A token that `entity` has, if there is one.
    function _ownToken(Dice memory dice, EntityId entity) internal view returns (TokenId token) {
        for (uint256 i; i < 8; ++i) {
            token = tokens[dice.roll(tokens.length)];
            if (watcher.reserveOf(entity, token) > 1) return token;
        }
    }

    function _standing(Sides memory sides) internal view returns (Standing memory) {
        return watcher.channel(sides.left.id, sides.right.id);
    }

    // ─── Proofs ─────────────────────────────────────────────────────────────────────────────────

    /// @notice A body of one or two tokens, some with a payment under one of a few secrets.
    function _anyBody(Dice memory dice) internal returns (ProofBody memory body) {
        TokenId first = tokens[1];
        TokenId second = _anyToken(dice);
        bool two = first != second;
        body.tokenIds = new TokenId[](two ? 2 : 1);
        body.offdeltas = new int128[](two ? 2 : 1);
        (body.tokenIds[0], body.offdeltas[0]) = (first, int128(dice.between(-16, 16)));
        if (two) {
            bool ascends = first < second;
            body.tokenIds[0] = ascends ? first : second;
            body.tokenIds[1] = ascends ? second : first;
            body.offdeltas[1] = int128(dice.between(-3, 3));
        }
        if (dice.oneIn(2)) {
            body.clauses = new Clause[](1);
            body.clauses[0] = _anyClause(dice);
        }
        _remember(body);
    }

    function _remember(ProofBody memory body) internal returns (bytes32 hash) {
        hash = keccak256(abi.encode(body));
        _bodies[hash] = abi.encode(body);
    }

    /// @dev Some run out of gas, some overstep their allowance: then they change nothing.
    function _anyClause(Dice memory dice) private view returns (Clause memory clause) {
        uint64 revealBy = uint64(block.timestamp + dice.roll(20 days));
        Payment[] memory payments = new Payment[](1);
        bytes32 hashlock = keccak256(abi.encode(dice.roll(SECRETS)));
        payments[0] = Payment(0, int128(dice.between(-9, 9)), hashlock, revealBy);
        clause.provider = address(subcontract);
        clause.gasLimit = uint64(dice.oneIn(8) ? 1_000 : _CLAUSE_GAS);
        clause.until = dice.oneIn(8) ? type(uint64).max : revealBy;
        clause.batch = Packed.clause(payments, new Swap[](0));
        clause.allowances = new Allowance[](1);
        clause.allowances[0] = Allowance(0, 8, 8);
    }

    function _bodyOf(bytes32 hash) internal view returns (ProofBody memory body) {
        if (_bodies[hash].length != 0) body = abi.decode(_bodies[hash], (ProofBody));
    }

    /// @dev About as high as what stands, so that it is often higher.
    function _anyProof(Dice memory dice, Sides memory sides) internal returns (Proof memory proof) {
        bool empty = dice.oneIn(10);
        proof.disputeNonce = _standing(sides).nonce + uint96(dice.roll(9));
        if (dice.oneIn(10)) proof.disputeNonce += 1 << 48;
        proof.disputeWindow = uint32(dice.oneIn(12) ? dice.roll(600) : 600 + dice.roll(3 days));
        proof.proofBodyHash = _remember(_anyBody(dice));
        proof.blockHash = bytes32(dice.roll(9));
        if (empty) proof = Proof(0, 0, 0, 0);
    }

    function _anyEra(Dice memory dice, Sides memory sides) private view returns (uint64) {
        uint64 era = _standing(sides).cooperativeNonce;
        return dice.oneIn(16) ? era + 1 : era;
    }

    // ─── Items ──────────────────────────────────────────────────────────────────────────────────

    /// @param forged Whether the peer did not sign it.
    function _anyStart(
        Dice memory dice,
        Sides memory sides,
        bool byLeft,
        bool forged
    ) internal returns (DisputeStart memory item) {
        Member memory peer = byLeft ? sides.right : sides.left;
        item.peer = peer.id;
        item.cooperativeNonce = _anyEra(dice, sides);
        item.proof = _anyProof(dice, sides);
        bool empty = item.proof.disputeNonce == 0 && item.proof.proofBodyHash == 0;
        if (!empty)
            item.peerSignature = _signProof(peer, sides, item.cooperativeNonce, item.proof, forged);
    }

    /// @param forged Whether one side did not sign it.
    function _anyCounter(
        Dice memory dice,
        Sides memory sides,
        bool forged
    ) internal returns (DisputeCounter memory item) {
        bool forgedLeft = forged && dice.oneIn(2);
        item.left = sides.left.id;
        item.right = sides.right.id;
        item.cooperativeNonce = _anyEra(dice, sides);
        item.proof = _anyProof(dice, sides);
        uint64 era = item.cooperativeNonce;
        item.leftSignature = _signProof(sides.left, sides, era, item.proof, forgedLeft);
        item.rightSignature = _signProof(
            sides.right,
            sides,
            era,
            item.proof,
            forged && !forgedLeft
        );
    }

    /// @notice What ends the dispute as it stands, with everything that must be shown.
    function _finaliseOf(Sides memory sides) internal view returns (DisputeFinalise memory item) {
        bytes32 body = _standing(sides).body;
        (EntityId left, EntityId right) = (sides.left.id, sides.right.id);
        item.left = left;
        item.right = right;
        item.body = _bodyOf(body);
        item.leftArguments = watcher.argumentsOf(left, right, true, body);
        item.rightArguments = watcher.argumentsOf(left, right, false, body);
        item.leftTokens = watcher.namedOf(left, right, true);
        item.rightTokens = watcher.namedOf(left, right, false);
    }

    /// @notice A settlement of one token, which forgives the first debt between the two that there is.
    function _anySettlement(
        Dice memory dice,
        Sides memory sides,
        bool byLeft,
        bool forged
    ) internal view returns (Settlement memory item) {
        bool forgives = dice.oneIn(2);
        TokenId token = forgives ? tokens[1] : _anyToken(dice);
        uint64 era = _standing(sides).cooperativeNonce;
        item.peer = (byLeft ? sides.right : sides.left).id;
        item.cooperativeNonce = _anyEra(dice, sides);
        item.newNonce = era + uint64(dice.oneIn(8) ? dice.roll(1 << 33) : 1);
        item.deadline = uint64(block.timestamp + 900 - (dice.oneIn(12) ? 901 : 0));
        item.diffs = new TokenDiff[](1);
        int256 leftDiff = forgives ? int256(0) : dice.between(-4, 4);
        int256 rightDiff = forgives ? int256(0) : dice.between(-4, 4);
        int256 unbalanced = dice.oneIn(16) ? int256(1) : int256(0);
        int256 ondeltaDiff = dice.between(-9, 9);
        item.diffs[0] = TokenDiff(
            token,
            leftDiff,
            rightDiff,
            unbalanced - leftDiff - rightDiff,
            ondeltaDiff
        );
        if (forgives) item.forgiveness = _anyForgiveness(sides, token);

        bytes32 key = keccak256(abi.encode(sides.left.id, sides.right.id));
        Member memory peer = byLeft ? sides.right : sides.left;
        item.peerSignature = _sign(peer, DepositoryDigests.settlement(key, item), forged);
    }

    function _anyForgiveness(
        Sides memory sides,
        TokenId token
    ) private view returns (Forgiveness[] memory list) {
        for (uint256 side; side < 2; ++side) {
            bool leftOwes = side == 0;
            EntityId debtor = leftOwes ? sides.left.id : sides.right.id;
            EntityId creditor = leftOwes ? sides.right.id : sides.left.id;
            Owed[] memory debts = watcher.debts(debtor, token);
            for (uint256 i; i < debts.length; ++i) {
                if (debts[i].amount == 0 || debts[i].creditor != creditor) continue;
                list = new Forgiveness[](1);
                list[0] = Forgiveness(token, leftOwes, i);
                return list;
            }
        }
    }

    // ─── Signatures ─────────────────────────────────────────────────────────────────────────────

    function _signProof(
        Member memory signer,
        Sides memory sides,
        uint64 era,
        Proof memory proof,
        bool forged
    ) internal view returns (bytes memory) {
        bytes32 key = keccak256(abi.encode(sides.left.id, sides.right.id));
        return _sign(signer, DepositoryDigests.proof(key, era, proof), forged);
    }

    /// @param forged Whether it is by another key.
    function _sign(
        Member memory signer,
        bytes32 structHash,
        bool forged
    ) internal view returns (bytes memory) {
        bytes32 domain = DepositoryDigests.domain(address(depository), block.chainid);
        return Signing.ecdsa(forged ? 99 : signer.key, DepositoryDigests.typed(domain, structHash));
    }

    function _contractOf(TokenId token) internal pure returns (TestToken) {
        return TestToken(address(uint160(uint256(TokenId.unwrap(token)))));
    }
}
